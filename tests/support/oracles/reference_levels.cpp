#include "support/oracles/reference_levels.h"

#include <algorithm>
#include <limits>

namespace volary::test {

double ReferenceLevels::sample(int level, const dvec3& point) const {
  const dvec3 p = point / factor(level);
  if (interpolation_ == Interpolation::nearest) return volume_.voxel(level, i64vec3(glm::floor(p)));
  const dvec3 lower = glm::floor(p - 0.5), f = p - 0.5 - lower;
  double sum = 0.0;
  for (int corner = 0; corner < 8; ++corner) {
    const i64vec3 offset(corner & 1, corner >> 1 & 1, corner >> 2);
    const dvec3 weight = glm::mix(1.0 - f, f, dvec3(offset));
    sum += weight.x * weight.y * weight.z * volume_.voxel(level, i64vec3(lower) + offset);
  }
  return sum;
}

double ReferenceLevels::sample(const Detail& detail, const dvec3& point) const {
  const double fine = sample(detail.level, point);
  return detail.coarser > 0.0 ? glm::mix(fine, sample(detail.level + 1, point), detail.coarser) : fine;
}

/// How many pixels the longest edge of a level's voxel covers at a depth. (The levels of the tests get coarser along
/// that.)
double ReferenceLevels::pixelsOf(int level, double depth) const {
  double edge = 0.0;
  for (int a = 0; a < 3; ++a) edge = std::max(edge, glm::length(dvec3(worldFromVoxel_[a])) * factor(level)[a]);
  const double pixelWorld = region_.perspective()
                                ? depth * std::min(glm::length(region_.directionDx), glm::length(region_.directionDy))
                                : std::min(glm::length(region_.originDx), glm::length(region_.originDy));
  return edge / pixelWorld;
}

Detail ReferenceLevels::detailAt(double depth) const {
  if (!pixelsPerVoxel_) return {level_, 0.0};
  const int last = static_cast<int>(volume_.pyramid.levels.size()) - 1;
  Detail detail;
  while (detail.level < last && pixelsOf(detail.level + 1, depth) <= *pixelsPerVoxel_) ++detail.level;
  if (detail.level == last || !region_.perspective()) return detail;
  // Linear in the depth, from 0.8 of the depth at which the coarser level is fine enough.
  const double enough = depthOfNext(detail.level);
  detail.coarser = std::clamp((depth - 0.8 * enough) / (0.2 * enough), 0.0, 1.0);
  return detail;
}

double ReferenceLevels::depthOfNext(int level) const {
  const bool isLast = level + 1 == static_cast<int>(volume_.pyramid.levels.size());
  if (!pixelsPerVoxel_ || !region_.perspective() || isLast) return std::numeric_limits<double>::infinity();
  return pixelsOf(level + 1, 1.0) / *pixelsPerVoxel_;
}

}  // namespace volary::test
