// Based on: quadratic B-spline interpolation of lattice noise (Ebert et al., "Texturing and Modeling", 2003, 2.6).
#include "formats/synthetic/noise.h"

#include <cmath>

namespace volary {
namespace {

// The variance of the spline of uniform values is about 0.17 per axis pair; this brings the usual range to [-1, 1].
constexpr float kSplineGain = 2.0f;

// A tile whose voxels are no larger than the wavelength spans at most kFieldTile lattice steps and the spline's reach.
constexpr int kMaxNodes = kFieldTile + 3;

struct SplineTap {
  int first = 0;  ///< first of three nodes, relative to the tile's first node
  float weight[3] = {};
};

struct SplineAxis {
  std::int64_t firstNode = 0;
  int nodes = 0;
  SplineTap taps[kFieldTile];
};

void weightsAt(double offset, float* weight) {
  const float t = static_cast<float>(offset);
  weight[0] = 0.5f * (0.5f - t) * (0.5f - t);
  weight[1] = 0.75f - t * t;
  weight[2] = 0.5f * (0.5f + t) * (0.5f + t);
}

SplineAxis makeAxis(double origin, double step, double wavelength) {
  SplineAxis axis;
  for (int i = 0; i < kFieldTile; ++i) {
    const double position = (origin + i * step) / wavelength;
    const double centre = std::floor(position + 0.5);
    const auto node = static_cast<std::int64_t>(centre) - 1;
    if (i == 0) axis.firstNode = node;
    axis.taps[i].first = static_cast<int>(node - axis.firstNode);
    weightsAt(position - centre, axis.taps[i].weight);
  }
  axis.nodes = axis.taps[kFieldTile - 1].first + 3;
  return axis;
}

}  // namespace

double latticeNoise(std::uint32_t seed, const dvec3& position) {
  std::int64_t first[3];
  float weight[3][3];
  for (int axis = 0; axis < 3; ++axis) {
    const double centre = std::floor(position[axis] + 0.5);
    first[axis] = static_cast<std::int64_t>(centre) - 1;
    weightsAt(position[axis] - centre, weight[axis]);
  }
  float sum = 0.0f;
  for (int z = 0; z < 3; ++z) {
    const std::uint32_t plane = hashPlane(seed, first[2] + z);
    for (int y = 0; y < 3; ++y) {
      const std::uint32_t row = hashRow(plane, first[1] + y);
      for (int x = 0; x < 3; ++x)
        sum += weight[2][z] * weight[1][y] * weight[0][x] * signedFromHash(hashNode(row, first[0] + x), 0);
    }
  }
  return kSplineGain * sum;
}

void addTileNoise(std::uint32_t seed, const dvec3& wavelengthUm, const TileGrid& grid, float amplitude,
                  std::span<float> values) {
  for (int axis = 0; axis < 3; ++axis)
    if (grid.stepUm[axis] > wavelengthUm[axis]) return;
  const SplineAxis ax = makeAxis(grid.originUm.x, grid.stepUm.x, wavelengthUm.x);
  const SplineAxis ay = makeAxis(grid.originUm.y, grid.stepUm.y, wavelengthUm.y);
  const SplineAxis az = makeAxis(grid.originUm.z, grid.stepUm.z, wavelengthUm.z);

  // Along x and y, plane by plane of the lattice; then the planes are blended along z.
  float planes[kMaxNodes][kFieldTile][kFieldTile];
  for (int k = 0; k < az.nodes; ++k) {
    const std::uint32_t plane = hashPlane(seed, az.firstNode + k);
    float rows[kMaxNodes][kFieldTile];
    for (int j = 0; j < ay.nodes; ++j) {
      const std::uint32_t row = hashRow(plane, ay.firstNode + j);
      float nodes[kMaxNodes];
      for (int i = 0; i < ax.nodes; ++i) nodes[i] = signedFromHash(hashNode(row, ax.firstNode + i), 0);
      for (int x = 0; x < kFieldTile; ++x) {
        const SplineTap& tap = ax.taps[x];
        rows[j][x] = tap.weight[0] * nodes[tap.first] + tap.weight[1] * nodes[tap.first + 1] +
                     tap.weight[2] * nodes[tap.first + 2];
      }
    }
    for (int y = 0; y < kFieldTile; ++y) {
      const SplineTap& tap = ay.taps[y];
      for (int x = 0; x < kFieldTile; ++x)
        planes[k][y][x] = tap.weight[0] * rows[tap.first][x] + tap.weight[1] * rows[tap.first + 1][x] +
                          tap.weight[2] * rows[tap.first + 2][x];
    }
  }
  const float gain = kSplineGain * amplitude;
  float* out = values.data();
  for (int z = 0; z < kFieldTile; ++z) {
    const SplineTap& tap = az.taps[z];
    const float* a = &planes[tap.first][0][0];
    const float* b = &planes[tap.first + 1][0][0];
    const float* c = &planes[tap.first + 2][0][0];
    for (int i = 0; i < kFieldTile * kFieldTile; ++i)
      *out++ += gain * (tap.weight[0] * a[i] + tap.weight[1] * b[i] + tap.weight[2] * c[i]);
  }
}

}  // namespace volary
