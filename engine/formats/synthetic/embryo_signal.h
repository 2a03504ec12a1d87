#pragma once

#include "formats/synthetic/embryo_recipe.h"
#include "formats/synthetic/embryo_tissue.h"
#include "formats/synthetic/noise.h"

#include <algorithm>
#include <cmath>
#include <span>

/// The light that a tile of the specimen gives off, as the optics show it, before absorption and camera.
///
/// Coarser voxels are not sampled but widened: each structure (sheet, ball, line, texture) is widened by the
/// microscope's blur and by the extent of the voxel, in quadrature, and dimmed so that its light is kept.
namespace volary {

/// One tile as the structures see it.
struct EmbryoTile {
  const EmbryoRecipe& recipe;
  const EmbryoTissue& tissue;
  TileGrid grid;
  dvec3 varianceUm2{0.0};  ///< of the blur at the surface and of the voxel's extent, along each axis
  int timepoint = 0;

  /// Variance that the depth of a structure adds, equal along all axes.
  double deepVarianceUm2(double depth) const {
    const double sigma = recipe.microscope.deepBlurUm * depth;
    return sigma * sigma;
  }
  double meanVarianceUm2() const { return (varianceUm2.x + varianceUm2.y + varianceUm2.z) / 3.0; }
  Box3 boxUm() const { return {grid.originUm, grid.originUm + grid.stepUm * (kFieldTile - 1.0)}; }
};

/// A bell of height 1 and standard deviation 1, as a polynomial of the square of its argument: zero beyond 2.83. Close
/// to the Gaussian, but the same bits everywhere, which exp is not.
inline float bell(float square) {
  const float base = 1.0f - 0.125f * square;
  const float positive = base > 0.0f ? base : 0.0f;
  const float twice = positive * positive;
  return twice * twice;
}
inline constexpr double kBellReach = 2.83;

/// 0 below -1, 1 above 1, smooth between.
inline float softStep(float value) {
  float part = 0.5f + 0.5f * value;
  part = part < 0.0f ? 0.0f : (part > 1.0f ? 1.0f : part);
  return part * part * (3.0f - 2.0f * part);
}

/// First and past-last voxel of a tile along an axis whose centre lies in [low, high] um from the tile's first voxel.
struct VoxelRange {
  int begin = 0;
  int end = 0;
};
inline VoxelRange voxelsBetween(double low, double high, double stepUm) {
  return {static_cast<int>(std::clamp(std::ceil(low / stepUm), 0.0, double(kFieldTile))),
          static_cast<int>(std::clamp(std::floor(high / stepUm) + 1.0, 0.0, double(kFieldTile)))};
}

/// Where the specimen's voxels lie before it was bent: positions in um from the tile's first voxel.
struct WarpedTile {
  float x[kFieldTileVoxels];
  float y[kFieldTileVoxels];
  float z[kFieldTileVoxels];
};
void warpTile(const EmbryoTile& tile, WarpedTile& warped);

/// Each adds its structure to `signal`, in counts.
void addMembranes(const EmbryoTile& tile, const WarpedTile& warped, std::span<float> signal);
void addFilaments(const EmbryoTile& tile, std::span<float> signal);
void addNuclei(const EmbryoTile& tile, const WarpedTile& warped, std::span<float> signal);

}  // namespace volary
