#include "formats/synthetic/embryo_tissue.h"

#include "formats/synthetic/noise.h"

#include <algorithm>
#include <cmath>

namespace volary {
namespace {

// Independent random streams, so that no two properties are related.
enum Stream : std::uint32_t { kOutline = 101, kCavity = 211, kCells = 307 };

// Distance to an ellipsoid around the origin, negative inside; exact on the surface.
// Based on: Quilez, "Ellipsoid SDF", 2008 (the bound |k0 (k0 - 1) / k1|).
double ellipsoidDistance(const dvec3& point, const dvec3& semiAxes) {
  const dvec3 scaled = point / semiAxes;
  const dvec3 gradient = scaled / semiAxes;
  const double k0 = std::sqrt(glm::dot(scaled, scaled));
  const double k1 = std::sqrt(glm::dot(gradient, gradient));
  const double shortest = std::min({semiAxes.x, semiAxes.y, semiAxes.z});
  return k1 * shortest < 1e-6 ? -shortest : k0 * (k0 - 1.0) / k1;
}

// Rises and falls between -1 and 1 with period 1.
double triangleWave(double phase) {
  const double part = phase - std::floor(phase);
  return part < 0.5 ? 4.0 * part - 1.0 : 3.0 - 4.0 * part;
}

}  // namespace

EmbryoTissue::EmbryoTissue(const EmbryoRecipe& recipe, const dvec3& extentUm)
    : recipe_(recipe),
      semiAxesUm_(recipe.outline.semiAxes * extentUm),
      shortestUm_(std::min({semiAxesUm_.x, semiAxesUm_.y, semiAxesUm_.z})) {}

double EmbryoTissue::insideUm(const dvec3& pointUm) const {
  // The outline strays by noise of the embryo's own size, so that a larger embryo has the same shape.
  const dvec3 relative = pointUm / shortestUm_;
  const double stray = latticeNoise(recipe_.seed + kOutline, 1.7 * relative) +
                       0.45 * latticeNoise(recipe_.seed + kOutline + 1, 4.3 * relative);
  const double roughnessUm = recipe_.outline.roughness * shortestUm_;
  double inside = roughnessUm * stray - ellipsoidDistance(pointUm, semiAxesUm_);

  const double cavityStray = latticeNoise(recipe_.seed + kCavity, 3.1 * relative);
  for (const EmbryoRecipe::Cavity& cavity : recipe_.outline.cavities) {
    const dvec3 offset = pointUm - cavity.centre * semiAxesUm_;
    inside = std::min(inside, ellipsoidDistance(offset, cavity.semiAxes * semiAxesUm_) + roughnessUm * cavityStray);
  }
  return inside;
}

double EmbryoTissue::depth(const dvec3& pointUm) const {
  const double x = pointUm.x / semiAxesUm_.x;
  const double y = pointUm.y / semiAxesUm_.y;
  const double half = semiAxesUm_.z * std::sqrt(std::max(0.0, 1.0 - x * x - y * y));
  return std::clamp(pointUm.z + half, 0.0, 2.0 * half) / (2.0 * semiAxesUm_.z);
}

dvec3 EmbryoTissue::cellCentre(std::uint32_t hash, const dvec3& place, int timepoint) const {
  const EmbryoRecipe::Cells& cells = recipe_.cells;
  dvec3 centre = place;
  for (int axis = 0; axis < 3; ++axis) {
    const auto stream = static_cast<std::uint32_t>(1 + axis);
    const double wander = triangleWave(0.03125 * timepoint + unitFromHash(hash, 4 + stream)) -
                          triangleWave(unitFromHash(hash, 4 + stream));
    centre[axis] += cells.spacingUm * cells.jitter * signedFromHash(hash, stream) + cells.motionUm * wander;
  }
  return centre;
}

std::vector<EmbryoCell> EmbryoTissue::cellsNear(const Box3& boxUm, double reachUm, int timepoint) const {
  const EmbryoRecipe::Cells& recipe = recipe_.cells;
  const double stray = recipe.spacingUm * recipe.jitter + 2.0 * recipe.motionUm;
  const dvec3 first = glm::floor((boxUm.min - (reachUm + stray)) / recipe.spacingUm - 0.5);
  const dvec3 last = glm::ceil((boxUm.max + (reachUm + stray)) / recipe.spacingUm);

  std::vector<EmbryoCell> cells;
  for (double z = first.z; z <= last.z; ++z)
    for (double y = first.y; y <= last.y; ++y)
      for (double x = first.x; x <= last.x; ++x)
        for (int middle = 0; middle < 2; ++middle) {
          const std::uint32_t hash =
              hashLattice(recipe_.seed + kCells + static_cast<std::uint32_t>(middle), static_cast<std::int64_t>(x),
                          static_cast<std::int64_t>(y), static_cast<std::int64_t>(z));
          if (unitFromHash(hash) < recipe.vacancies) continue;
          const dvec3 place = (dvec3(x, y, z) + 0.5 * middle) * recipe.spacingUm;
          const dvec3 centre = cellCentre(hash, place, timepoint);
          const dvec3 away = centre - glm::clamp(centre, boxUm.min, boxUm.max);
          if (glm::dot(away, away) > reachUm * reachUm) continue;
          // A cell lives or not by where it started, so that none appears or disappears while it wanders.
          const dvec3 start = cellCentre(hash, place, 0);
          const double radius = recipe.radiusUm * (1.0 + recipe.radiusVariation * signedFromHash(hash, 8));
          if (insideUm(start) < 0.75 * radius) continue;
          cells.push_back({centre, radius, hash, depth(start), unitFromHash(hash, 9) < recipe.mitotic});
        }
  return cells;
}

}  // namespace volary
