#include "formats/synthetic/embryo_signal.h"

#include <algorithm>
#include <cmath>

namespace volary {
namespace {

constexpr int kSegments = 20;

struct Filament {
  dvec3 points[kSegments + 1];
  double counts = 0.0;
};

// A walk of equal steps that turns a little at each.
Filament makeFilament(const EmbryoRecipe& recipe, std::uint32_t hash, const dvec3& start) {
  Filament filament;
  dvec3 direction(signedFromHash(hash, 1), signedFromHash(hash, 2), 0.6 * signedFromHash(hash, 3));
  direction /= std::sqrt(glm::dot(direction, direction) + 1e-9);
  const double stepUm = recipe.filaments.lengthUm * (0.5 + 0.5 * unitFromHash(hash, 4)) / kSegments;
  filament.points[0] = start;
  for (int i = 1; i <= kSegments; ++i) {
    const auto stream = static_cast<std::uint32_t>(10 + 3 * i);
    direction +=
        0.33 * dvec3(signedFromHash(hash, stream), signedFromHash(hash, stream + 1), signedFromHash(hash, stream + 2));
    direction /= std::sqrt(glm::dot(direction, direction) + 1e-9);
    filament.points[i] = filament.points[i - 1] + stepUm * direction;
  }
  filament.counts = recipe.filaments.counts * (0.6 + 0.8 * unitFromHash(hash, 5));
  return filament;
}

// Raises every voxel near the segment to the blurred line's brightness.
void drawSegment(const EmbryoTile& tile, const dvec3& a, const dvec3& b, double counts, const dvec3& varianceUm2,
                 std::span<float> light) {
  const dvec3 reach = kBellReach * glm::sqrt(varianceUm2);
  const dvec3 low = glm::min(a, b) - reach;
  const dvec3 high = glm::max(a, b) + reach;
  const VoxelRange rx = voxelsBetween(low.x, high.x, tile.grid.stepUm.x);
  const VoxelRange ry = voxelsBetween(low.y, high.y, tile.grid.stepUm.y);
  const VoxelRange rz = voxelsBetween(low.z, high.z, tile.grid.stepUm.z);
  const dvec3 along = b - a;
  const double inverse = 1.0 / std::max(glm::dot(along, along), 1e-9);
  for (int z = rz.begin; z < rz.end; ++z)
    for (int y = ry.begin; y < ry.end; ++y)
      for (int x = rx.begin; x < rx.end; ++x) {
        const dvec3 offset = dvec3(x, y, z) * tile.grid.stepUm - a;
        const double part = std::clamp(glm::dot(offset, along) * inverse, 0.0, 1.0);
        const dvec3 away = offset - part * along;
        const float value = static_cast<float>(counts) *
                            bell(static_cast<float>(away.x * away.x / varianceUm2.x + away.y * away.y / varianceUm2.y +
                                                    away.z * away.z / varianceUm2.z));
        float& voxel = light[(z * kFieldTile + y) * kFieldTile + x];
        voxel = std::max(voxel, value);
      }
}

// The part of a filament's brightness that the blur leaves: a line's light widens in two dimensions, so it falls with
// the variance.
double shareLeft(const EmbryoTile& tile, double deepVarianceUm2) {
  const double radiusSquared = tile.recipe.filaments.radiusUm * tile.recipe.filaments.radiusUm;
  const dvec3 sharp = tile.recipe.microscope.sigmaUm * tile.recipe.microscope.sigmaUm;
  return ((sharp.x + sharp.y + sharp.z) / 3.0 + radiusSquared) /
         (tile.meanVarianceUm2() + deepVarianceUm2 + radiusSquared);
}

void drawFilament(const EmbryoTile& tile, const Filament& filament, std::span<float> light) {
  const double deep = tile.deepVarianceUm2(tile.tissue.depth(filament.points[kSegments / 2]));
  const double radiusSquared = tile.recipe.filaments.radiusUm * tile.recipe.filaments.radiusUm;
  const dvec3 variance = tile.varianceUm2 + (deep + radiusSquared);
  const double counts = filament.counts * shareLeft(tile, deep);
  for (int i = 0; i < kSegments; ++i)
    drawSegment(tile, filament.points[i] - tile.grid.originUm, filament.points[i + 1] - tile.grid.originUm, counts,
                variance, light);
}

}  // namespace

void addFilaments(const EmbryoTile& tile, std::span<float> signal) {
  const EmbryoRecipe::Filaments& recipe = tile.recipe.filaments;
  // If voxels are large, a filament adds less than the noise, and a tile could hold any number of filaments.
  if (recipe.counts * shareLeft(tile, 0.0) < 5.0) return;
  const Box3 box = tile.boxUm();
  const double widest = std::max({tile.varianceUm2.x, tile.varianceUm2.y, tile.varianceUm2.z});
  const double reach = recipe.lengthUm + kBellReach * (std::sqrt(widest + tile.deepVarianceUm2(1.0)) + recipe.radiusUm);
  const dvec3 first = glm::floor((box.min - reach) / recipe.spacingUm - 0.5);
  const dvec3 last = glm::ceil((box.max + reach) / recipe.spacingUm + 0.5);

  float light[kFieldTileVoxels] = {};
  for (double z = first.z; z <= last.z; ++z)
    for (double y = first.y; y <= last.y; ++y)
      for (double x = first.x; x <= last.x; ++x) {
        const std::uint32_t hash = hashLattice(tile.recipe.seed + 503, static_cast<std::int64_t>(x),
                                               static_cast<std::int64_t>(y), static_cast<std::int64_t>(z));
        if (unitFromHash(hash) >= recipe.share) continue;
        const dvec3 stray(signedFromHash(hash, 6), signedFromHash(hash, 7), signedFromHash(hash, 8));
        const dvec3 start = (dvec3(x, y, z) + 0.5 * stray) * recipe.spacingUm;
        const dvec3 away = start - glm::clamp(start, box.min, box.max);
        if (glm::dot(away, away) > reach * reach || tile.tissue.insideUm(start) < -4.0) continue;
        drawFilament(tile, makeFilament(tile.recipe, hash, start), light);
      }
  for (int i = 0; i < kFieldTileVoxels; ++i) signal[i] += light[i];
}

}  // namespace volary
