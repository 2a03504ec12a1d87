#include "formats/synthetic/embryo_signal.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace volary {
namespace {

// A soft ellipsoid of chromatin: brightness `counts` where offset^T shape offset < 1.
struct ChromatinBody {
  dvec3 centreUm{0.0};
  dmat3 shape{1.0};
  dvec3 halfUm{0.0};  ///< of its box, softness included
  float counts = 0.0f;
  float sharpness = 1.0f;   ///< the rim's steepness, per unit of the relative radius
  float spotCounts = 0.0f;  ///< how much darker the spots are, as a fraction
  int spots = 0;
  vec3 spotUm[3] = {};  ///< relative to the centre
  float spotInverse = 1.0f;
};

dmat3 randomRotation(std::uint32_t hash) {
  dquat turn(signedFromHash(hash, 31), signedFromHash(hash, 32), signedFromHash(hash, 33), signedFromHash(hash, 34));
  const double norm = std::sqrt(turn.w * turn.w + turn.x * turn.x + turn.y * turn.y + turn.z * turn.z) + 1e-9;
  turn.w /= norm;
  turn.x /= norm;
  turn.y /= norm;
  turn.z /= norm;
  return glm::mat3_cast(turn);
}

// An ellipsoid with these semi-axes, turned, blurred: its covariance grows by the blur's, its light stays.
ChromatinBody makeBody(const EmbryoTile& tile, const EmbryoCell& cell, const dvec3& centreUm, const dvec3& semiAxesUm,
                       const dmat3& rotation, double counts) {
  const double deep = tile.deepVarianceUm2(cell.depth);
  const dvec3 squares = semiAxesUm * semiAxesUm;
  const dmat3 sharp = rotation * dmat3(squares.x, 0, 0, 0, squares.y, 0, 0, 0, squares.z) * glm::transpose(rotation);
  dmat3 blurred = sharp;
  // A ball's variance is a fifth of its squared radius; the soft rim takes the greater part of the blur.
  for (int axis = 0; axis < 3; ++axis) blurred[axis][axis] += 1.6 * (tile.varianceUm2[axis] + deep);

  ChromatinBody body;
  body.centreUm = centreUm;
  body.shape = glm::inverse(blurred);
  body.counts = static_cast<float>(counts * std::sqrt(glm::determinant(sharp) / glm::determinant(blurred)));
  const double shortest = std::min({semiAxesUm.x, semiAxesUm.y, semiAxesUm.z});
  const double softness = 1.7 * std::sqrt(tile.meanVarianceUm2() + deep) / shortest;
  body.sharpness = static_cast<float>(1.0 / softness);
  for (int axis = 0; axis < 3; ++axis) body.halfUm[axis] = (1.0 + softness) * std::sqrt(blurred[axis][axis]);
  return body;
}

void addBodiesOfCell(const EmbryoTile& tile, const EmbryoCell& cell, std::vector<ChromatinBody>& bodies) {
  const EmbryoRecipe::Nuclei& recipe = tile.recipe.nuclei;
  const dmat3 rotation = randomRotation(cell.hash);
  const double counts = recipe.counts * (1.0 + recipe.variation * signedFromHash(cell.hash, 35));
  const double radius = recipe.radiusUm * (1.0 + 0.1 * signedFromHash(cell.hash, 36));

  if (cell.mitotic) {
    // Condensed: one plate (metaphase), or two that part (anaphase).
    if (unitFromHash(cell.hash, 37) < 0.5f) {
      bodies.push_back(makeBody(tile, cell, cell.centreUm, radius * dvec3(0.3, 0.95, 0.95), rotation, 2.0 * counts));
    } else {
      for (const double side : {-1.0, 1.0})
        bodies.push_back(makeBody(tile, cell, cell.centreUm + side * 0.75 * radius * rotation[0],
                                  radius * dvec3(0.26, 0.75, 0.75), rotation, 1.9 * counts));
    }
    return;
  }
  const dvec3 axes =
      radius * (1.0 + recipe.elongation * dvec3(signedFromHash(cell.hash, 38), signedFromHash(cell.hash, 39),
                                                signedFromHash(cell.hash, 40)));
  const dvec3 stray =
      0.9 * dvec3(signedFromHash(cell.hash, 41), signedFromHash(cell.hash, 42), signedFromHash(cell.hash, 43));
  ChromatinBody body = makeBody(tile, cell, cell.centreUm + stray, axes, rotation, counts);
  body.spots = 1 + static_cast<int>(3.0f * unitFromHash(cell.hash, 44));
  for (int i = 0; i < body.spots; ++i) {
    const auto stream = static_cast<std::uint32_t>(50 + 3 * i);
    body.spotUm[i] = vec3(0.52 * radius *
                          dvec3(signedFromHash(cell.hash, stream), signedFromHash(cell.hash, stream + 1),
                                signedFromHash(cell.hash, stream + 2)));
  }
  const double spot = recipe.nucleolusUm * recipe.nucleolusUm * 1.6;
  const double wide = spot + 2.0 * (tile.meanVarianceUm2() + tile.deepVarianceUm2(cell.depth));
  body.spotInverse = static_cast<float>(1.0 / wide);
  body.spotCounts = static_cast<float>(0.95 * spot / wide * std::sqrt(spot / wide));
  bodies.push_back(body);
}

void drawBody(const EmbryoTile& tile, const WarpedTile& warped, const ChromatinBody& body,
              std::span<const float> texture, std::span<float> signal) {
  const dvec3 centre = body.centreUm - tile.grid.originUm;
  const double warp = 2.0 * tile.recipe.cells.warpUm;
  const dvec3 low = centre - body.halfUm - warp;
  const dvec3 high = centre + body.halfUm + warp;
  const VoxelRange rx = voxelsBetween(low.x, high.x, tile.grid.stepUm.x);
  const VoxelRange ry = voxelsBetween(low.y, high.y, tile.grid.stepUm.y);
  const VoxelRange rz = voxelsBetween(low.z, high.z, tile.grid.stepUm.z);
  const vec3 c(centre);
  const float sxx = static_cast<float>(body.shape[0][0]), syy = static_cast<float>(body.shape[1][1]);
  const float szz = static_cast<float>(body.shape[2][2]), sxy = static_cast<float>(2.0 * body.shape[1][0]);
  const float sxz = static_cast<float>(2.0 * body.shape[2][0]), syz = static_cast<float>(2.0 * body.shape[2][1]);
  for (int z = rz.begin; z < rz.end; ++z)
    for (int y = ry.begin; y < ry.end; ++y) {
      const int row = (z * kFieldTile + y) * kFieldTile;
      for (int i = row + rx.begin; i < row + rx.end; ++i) {
        const float dx = warped.x[i] - c.x, dy = warped.y[i] - c.y, dz = warped.z[i] - c.z;
        const float square =
            sxx * dx * dx + syy * dy * dy + szz * dz * dz + sxy * dx * dy + sxz * dx * dz + syz * dy * dz;
        const float within = softStep((1.0f - std::sqrt(square > 0.0f ? square : 0.0f)) * body.sharpness);
        float dark = 0.0f;
        for (int s = 0; s < body.spots; ++s) {
          const float ex = dx - body.spotUm[s].x, ey = dy - body.spotUm[s].y, ez = dz - body.spotUm[s].z;
          const float part = 1.0f - (ex * ex + ey * ey + ez * ez) * body.spotInverse;
          dark += part > 0.0f ? part * part * (3.0f - 2.0f * part) : 0.0f;
        }
        const float lit = 1.0f - body.spotCounts * (dark < 1.0f ? dark : 1.0f);
        const float value = body.counts * within * lit * texture[i];
        signal[i] = signal[i] > value ? signal[i] : value;
      }
    }
}

}  // namespace

void addNuclei(const EmbryoTile& tile, const WarpedTile& warped, std::span<float> signal) {
  const EmbryoRecipe& recipe = tile.recipe;
  const double widest = std::max({tile.varianceUm2.x, tile.varianceUm2.y, tile.varianceUm2.z});
  const double reach = 1.5 * recipe.nuclei.radiusUm + 2.0 * recipe.cells.warpUm +
                       2.0 * kBellReach * std::sqrt(widest + tile.deepVarianceUm2(1.0));
  std::vector<ChromatinBody> bodies;
  for (const EmbryoCell& cell : tile.tissue.cellsNear(tile.boxUm(), reach, tile.timepoint))
    addBodiesOfCell(tile, cell, bodies);
  if (bodies.empty()) return;

  float texture[kFieldTileVoxels];
  std::fill_n(texture, kFieldTileVoxels, 1.0f);
  std::uint32_t seed = recipe.seed + 601;
  for (const EmbryoRecipe::Texture& octave : recipe.nuclei.chromatin) {
    const double blur = tile.meanVarianceUm2() / (octave.wavelengthUm * octave.wavelengthUm);
    addTileNoise(seed++, dvec3(octave.wavelengthUm), tile.grid,
                 static_cast<float>(octave.amplitude / (1.0 + 8.0 * blur)), texture);
  }
  for (float& value : texture) value = value > 0.25f ? value : 0.25f;
  for (const ChromatinBody& body : bodies) drawBody(tile, warped, body, texture, signal);
}

}  // namespace volary
