#include "scene/level_detail.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace volary {

FrameVector<LevelFootprint> findFootprints(const ViewRegion& region, const dmat4& worldFromVoxel,
                                           std::span<const LevelInfo> levels) {
  dvec3 edgeWorld;
  for (int axis = 0; axis < 3; ++axis) {
    dvec3 edge(worldFromVoxel[axis]);
    if (region.kind == RegionKind::slice) {
      const dvec3 normal = glm::normalize(region.direction0);
      edge -= glm::dot(edge, normal) * normal;
    }
    edgeWorld[axis] = glm::length(edge);
  }

  FrameVector<LevelFootprint> footprints;
  for (std::size_t l = 0; l < levels.size(); ++l) {
    LevelFootprint& footprint = footprints.emplace_back();
    for (int axis = 0; axis < 3; ++axis) {
      const double world = edgeWorld[axis] * levels[l].factor[axis];
      footprint.longest = std::max(footprint.longest, world);
      const bool finer = std::ranges::any_of(
          levels.first(l), [&](const LevelInfo& f) { return f.factor[axis] < 0.999 * levels[l].factor[axis]; });
      if (finer) footprint.refinable = std::max(footprint.refinable, world);
    }
  }
  return footprints;
}

FrameVector<LevelDepths> findLevelDepths(const ViewRegion& region, const dmat4& worldFromVoxel,
                                         std::span<const LevelInfo> levels, const DetailRule& rule) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const FrameVector<LevelFootprint> footprints = findFootprints(region, worldFromVoxel, levels);
  // For a perspective region this is at depth 1; it falls in inverse proportion to the depth.
  const double pixels = pixelsPerWorld(region, region.origin0 + viewNormal(region));

  // From the coarsest level down: none begins behind a coarser one that is fine enough.
  FrameVector<LevelDepths> depths(levels.size());
  double before = kInfinity;
  for (std::size_t l = levels.size(); l-- > 0;) {
    const double tooCoarse = pixels * (footprints[l].refinable / rule.pixelsPerVoxel) / std::exp2(rule.bias);
    const double from = region.perspective() ? tooCoarse : tooCoarse > 1.0 ? kInfinity : -kInfinity;
    before = depths[l].enoughFrom = std::min(from, before);
  }
  for (std::size_t l = 0; l < levels.size(); ++l) {
    const double enough = depths[l].enoughFrom;
    depths[l].fadeFrom =
        l > 0 && region.perspective() ? std::max(kFadeBegin * enough, depths[l - 1].enoughFrom) : enough;
  }
  return depths;
}

}  // namespace volary
