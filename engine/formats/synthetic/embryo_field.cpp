#include "formats/synthetic/embryo_field.h"

#include <algorithm>
#include <cmath>

namespace volary {
namespace {

constexpr int kNodes = kFieldTile / 2 + 1;  // of smooth quantities, every second voxel

// Calls visit(index, value) for each voxel with the linear interpolation of `nodes`.
template <typename Visitor>
void interpolate(const float (&nodes)[kNodes][kNodes][kNodes], int spacing, Visitor&& visit) {
  const float scale = 1.0f / static_cast<float>(spacing);
  int index = 0;
  for (int z = 0; z < kFieldTile; ++z) {
    const int k = z / spacing;
    const float tz = scale * static_cast<float>(z - k * spacing);
    for (int y = 0; y < kFieldTile; ++y) {
      const int j = y / spacing;
      const float ty = scale * static_cast<float>(y - j * spacing);
      float row[kNodes];
      for (int i = 0; i <= kFieldTile / spacing; ++i) {
        const float near = nodes[k][j][i] + ty * (nodes[k][j + 1][i] - nodes[k][j][i]);
        const float far = nodes[k + 1][j][i] + ty * (nodes[k + 1][j + 1][i] - nodes[k + 1][j][i]);
        row[i] = near + tz * (far - near);
      }
      for (int x = 0; x < kFieldTile; ++x, ++index) {
        const int i = x / spacing;
        visit(index, row[i] + scale * static_cast<float>(x - i * spacing) * (row[i + 1] - row[i]));
      }
    }
  }
}

// exp(-x) for x >= 0, to three per cent below x = 2; made of exact operations.
float fade(float x) { return 1.0f / (1.0f + x * (1.0f + x * (0.5f + x * (1.0f / 6.0f)))); }

// The sum of four bytes of a hash: close to normal, with this mean and standard deviation.
constexpr float kByteSumMean = 510.0f;
constexpr float kByteSumDeviation = 147.80f;
float byteSum(std::uint32_t hash) {
  const std::uint32_t pairs = (hash & 0x00ff00ffu) + ((hash >> 8) & 0x00ff00ffu);
  return static_cast<float>((pairs & 0xffffu) + (pairs >> 16));
}

// The variance of the mean over `factor` voxels of this size.
dvec3 voxelVariance(const dvec3& voxelSizeUm, const dvec3& factor) {
  return voxelSizeUm * voxelSizeUm * glm::max(factor * factor - 1.0, 0.0) / 12.0;
}

}  // namespace

// Smooth quantities of a tile, at nodes.
struct EmbryoField::Surroundings {
  int spacing = 4;
  float inside[kNodes][kNodes][kNodes];  ///< EmbryoTissue::insideUm
  float depth[kNodes][kNodes][kNodes];

  Surroundings(const EmbryoTile& tile, int nodeSpacing) : spacing(nodeSpacing) {
    const int nodes = kFieldTile / spacing + 1;
    for (int z = 0; z < nodes; ++z)
      for (int y = 0; y < nodes; ++y)
        for (int x = 0; x < nodes; ++x) {
          const dvec3 point = tile.grid.originUm + tile.grid.stepUm * dvec3(x * spacing, y * spacing, z * spacing);
          inside[z][y][x] = static_cast<float>(tile.tissue.insideUm(point));
          depth[z][y][x] = static_cast<float>(tile.tissue.depth(point));
        }
  }
};

void warpTile(const EmbryoTile& tile, WarpedTile& warped) {
  int index = 0;
  for (int z = 0; z < kFieldTile; ++z)
    for (int y = 0; y < kFieldTile; ++y)
      for (int x = 0; x < kFieldTile; ++x, ++index) {
        warped.x[index] = static_cast<float>(x * tile.grid.stepUm.x);
        warped.y[index] = static_cast<float>(y * tile.grid.stepUm.y);
        warped.z[index] = static_cast<float>(z * tile.grid.stepUm.z);
      }
  const EmbryoRecipe::Cells& cells = tile.recipe.cells;
  const double blur = tile.meanVarianceUm2() / (cells.warpLengthUm * cells.warpLengthUm);
  const float amplitude = static_cast<float>(cells.warpUm / (1.0 + 8.0 * blur));
  addTileNoise(tile.recipe.seed + 701, dvec3(cells.warpLengthUm), tile.grid, amplitude, warped.x);
  addTileNoise(tile.recipe.seed + 702, dvec3(cells.warpLengthUm), tile.grid, amplitude, warped.y);
  addTileNoise(tile.recipe.seed + 703, dvec3(cells.warpLengthUm), tile.grid, amplitude, warped.z);
}

EmbryoField::EmbryoField(const EmbryoRecipe& recipe, const i64vec3& sizeVoxels, const dvec3& voxelSizeUm)
    : recipe_(recipe),
      voxelSizeUm_(voxelSizeUm),
      centreUm_(0.5 * voxelSizeUm * (dvec3(sizeVoxels) - 1.0)),
      tissue_(recipe, voxelSizeUm * dvec3(sizeVoxels)) {
  for (const EmbryoChannel channel : {EmbryoChannel::membranes, EmbryoChannel::nuclei})
    mean_[static_cast<int>(channel)] = meanSignal(channel);
}

// Measured in tissue without end: eight tiles of 20 um.
double EmbryoField::meanSignal(EmbryoChannel channel) const {
  EmbryoRecipe endless = recipe_;
  endless.outline.cavities.clear();
  const EmbryoTissue tissue(endless, dvec3(1e7));
  double sum = 0.0;
  for (int i = 0; i < 8; ++i) {
    float signal[kFieldTileVoxels] = {};
    const dvec3 origin = 400.0 * dvec3(i & 1, (i >> 1) & 1, i >> 2);
    addCells({endless, tissue, {origin, dvec3(1.25)}, recipe_.microscope.sigmaUm * recipe_.microscope.sigmaUm, 0},
             channel, signal);
    for (const float value : signal) sum += value;
  }
  return sum / (8.0 * kFieldTileVoxels);
}

void EmbryoField::addCells(const EmbryoTile& tile, EmbryoChannel channel, std::span<float> signal) const {
  WarpedTile warped;
  warpTile(tile, warped);
  if (channel == EmbryoChannel::membranes)
    addMembranes(tile, warped, signal);
  else
    addNuclei(tile, warped, signal);
}

void EmbryoField::evaluateTile(const FieldTile& fieldTile, std::span<float> values) const {
  const dvec3 first(fullVoxel(fieldTile.factor.x, fieldTile.begin.x), fullVoxel(fieldTile.factor.y, fieldTile.begin.y),
                    fullVoxel(fieldTile.factor.z, fieldTile.begin.z));
  const dvec3 widening = voxelVariance(voxelSizeUm_, fieldTile.factor);
  const EmbryoTile tile{recipe_,
                        tissue_,
                        {voxelSizeUm_ * first - centreUm_, voxelSizeUm_ * fieldTile.factor},
                        recipe_.microscope.sigmaUm * recipe_.microscope.sigmaUm + widening,
                        fieldTile.image.timepoint};
  const auto channel = static_cast<EmbryoChannel>(fieldTile.image.setup);
  std::fill(values.begin(), values.end(), 0.0f);

  // How far the cells have faded into their mean: all where a voxel's extent deviates by a third of their spacing,
  // which is before a tile holds so many of them that it would be slow.
  const double deviation = std::sqrt((widening.x + widening.y + widening.z) / 3.0) / recipe_.cells.spacingUm;
  const float faded = softStep(static_cast<float>((deviation - 0.24) / 0.06));

  const Surroundings around(tile, faded > 0.0f ? 2 : 4);
  if (faded < 1.0f) addCells(tile, channel, values);
  if (faded > 0.0f) {
    const float mean = static_cast<float>(mean_[static_cast<int>(channel)]) * faded;
    const float soft = static_cast<float>(1.0 / std::max(3.0, 1.7 * std::sqrt(tile.meanVarianceUm2())));
    interpolate(around.inside, around.spacing,
                [&](int i, float inside) { values[i] = (1.0f - faded) * values[i] + mean * softStep(inside * soft); });
  }
  if (channel == EmbryoChannel::membranes) {
    addFilaments(tile, values);
  } else {
    const float unbound = static_cast<float>(recipe_.nuclei.unbound);
    const float soft = static_cast<float>(1.0 / std::max(3.0, 1.7 * std::sqrt(tile.meanVarianceUm2())));
    interpolate(around.inside, around.spacing,
                [&](int i, float inside) { values[i] += unbound * softStep(inside * soft); });
  }
  const double haze = channel == EmbryoChannel::membranes ? recipe_.membranes.haze : recipe_.nuclei.haze;
  absorb(tile, around, static_cast<float>(haze), values);
  expose(fieldTile, values);
}

// Light lost on its way to the objective, light from out of focus, and the shadows that absorbing grains cast along the
// light sheet, which comes from -x.
void EmbryoField::absorb(const EmbryoTile& tile, const Surroundings& around, float haze,
                         std::span<float> signal) const {
  const EmbryoRecipe::Microscope& microscope = recipe_.microscope;
  float shadow[kFieldTileVoxels];
  std::fill_n(shadow, kFieldTileVoxels, 1.0f);
  addTileNoise(recipe_.seed + 801, {150.0, 2.6, 3.4}, tile.grid, static_cast<float>(microscope.stripes), shadow);
  addTileNoise(recipe_.seed + 802, dvec3(48.0), tile.grid, 0.22f, shadow);  // uneven expression

  const float attenuation = static_cast<float>(microscope.attenuation);
  interpolate(around.depth, around.spacing,
              [&](int i, float depth) { signal[i] *= fade(attenuation * depth) * shadow[i]; });
  const float soft = static_cast<float>(1.0 / std::max(14.0, 1.7 * std::sqrt(tile.meanVarianceUm2())));
  interpolate(around.inside, around.spacing,
              [&](int i, float inside) { signal[i] += haze * softStep(inside * soft + 0.2f); });
}

// The camera: offset, shot noise and read noise. A coarser voxel has the noise of a mean.
void EmbryoField::expose(const FieldTile& tile, std::span<float> signal) const {
  const EmbryoRecipe::Microscope& microscope = recipe_.microscope;
  const double averaged = tile.factor.x * tile.factor.y * tile.factor.z;
  const float readVariance = static_cast<float>(microscope.readNoise * microscope.readNoise / averaged);
  const float shotVariance = static_cast<float>(microscope.gain / averaged);
  const float offset = static_cast<float>(microscope.offset);
  std::uint32_t seed = hashLattice(recipe_.seed + 901, tile.image.setup, tile.image.timepoint, 0);
  seed = hashLattice(seed, static_cast<std::int64_t>(tile.factor.x), static_cast<std::int64_t>(tile.factor.y),
                     static_cast<std::int64_t>(tile.factor.z));
  float* value = signal.data();
  for (int z = 0; z < kFieldTile; ++z)
    for (int y = 0; y < kFieldTile; ++y, value += kFieldTile) {
      const std::uint32_t row = hashRow(hashPlane(seed, tile.begin.z + z), tile.begin.y + y);
      for (int x = 0; x < kFieldTile; ++x) {
        const float normal = (byteSum(hashNode(row, tile.begin.x + x)) - kByteSumMean) * (1.0f / kByteSumDeviation);
        value[x] += offset + normal * std::sqrt(readVariance + shotVariance * value[x]);
      }
    }
}

}  // namespace volary
