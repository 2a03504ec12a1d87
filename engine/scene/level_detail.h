#pragma once

#include "base/frame_memory.h"
#include "pyramid/dataset.h"
#include "scene/region.h"

#include <span>

/// Which level of a pyramid is fine enough where: the one rule that the planner chooses bricks by and the shaders
/// choose among those that are there.
namespace volary {

/// A voxel may cover `pixelsPerVoxel` * 2^bias pixels.
struct DetailRule {
  double pixelsPerVoxel = 1.0;  ///< what the view asks for
  double bias = 0.0;            ///< what the page cache takes of that: see WantedSet::bias
};

/// A level's voxel as a region sees it, in world units: on a volume its whole edges count, whatever direction one looks
/// from, on a slice their part in its plane.
struct LevelFootprint {
  double longest = 0.0;    ///< the longest edge
  double refinable = 0.0;  ///< the longest one along axes on which a finer level is in fact finer; 0 = the finest level
};

/// By level.
FrameVector<LevelFootprint> findFootprints(const ViewRegion& region, const dmat4& worldFromVoxel,
                                           std::span<const LevelInfo> levels);

/// Where along a ray of a region a level comes in. Depth is the ray's parameter, of a perspective region along the
/// camera's forward axis; a parallel one has the same detail at every depth, so that these are then plus or minus
/// infinity.
///
/// A level and all finer ones may stand in for each other from `enoughFrom` on: its voxel, and that of each coarser
/// level up to it, is small enough there. So what a picture shows at a depth is the coarsest level with `enoughFrom` <=
/// depth, and from `fadeFrom` of the next one on that as well, more and more of it: no step is seen from one level to
/// the next.
struct LevelDepths {
  double fadeFrom = 0.0;
  double enoughFrom = 0.0;
};

/// How far ahead of the depth from which a level is fine enough it begins to fade in, as a part of that depth. There
/// its voxel covers 1 / this many pixels: what fading costs in sharpness.
///
/// Based on: Williams: Pyramidal Parametrics (SIGGRAPH 1983), section 3, for interpolation between levels.
inline constexpr double kFadeBegin = 0.8;

/// By level, rising. A level is refined by the planner where its `refinable` edge covers more pixels than the rule
/// allows.
FrameVector<LevelDepths> findLevelDepths(const ViewRegion& region, const dmat4& worldFromVoxel,
                                         std::span<const LevelInfo> levels, const DetailRule& rule);

}  // namespace volary
