#pragma once

#include "base/frame_memory.h"
#include "pyramid/dataset.h"
#include "scene/region.h"

#include <span>

/// Which level of a pyramid is fine enough where. The planner chooses bricks by this rule, and the shaders use the same
/// rule to choose among resident ones.
namespace volary {

/// A voxel may cover `pixelsPerVoxel` * 2^bias pixels.
struct DetailRule {
  double pixelsPerVoxel = 1.0;  ///< what the view asks for
  double bias = 0.0;            ///< what the page cache's size adds to that: see WantedSet::bias
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

/// Where along a ray of a region a level comes in. Depth is the ray's parameter; in a perspective region it runs along
/// the camera's forward axis. A parallel region has the same detail at every depth, so that these are plus or minus
/// infinity there.
///
/// From `enoughFrom` on, a level is fine enough, and so are all finer ones. A picture shows the coarsest level with
/// `enoughFrom` <= depth. From the next coarser level's `fadeFrom` on, it mixes in more and more of that level, so that
/// no step is seen between levels.
struct LevelDepths {
  double fadeFrom = 0.0;
  double enoughFrom = 0.0;
};

/// A level begins to fade in at this part of the depth from which it is fine enough. There its voxel covers 1 /
/// kFadeBegin times as many pixels as allowed: that is the sharpness that fading costs.
///
/// Based on: Williams: Pyramidal Parametrics (SIGGRAPH 1983), section 3, for interpolation between levels.
inline constexpr double kFadeBegin = 0.8;

/// By level; depths rise. The planner refines a level where its `refinable` edge covers more pixels than the rule
/// allows.
FrameVector<LevelDepths> findLevelDepths(const ViewRegion& region, const dmat4& worldFromVoxel,
                                         std::span<const LevelInfo> levels, const DetailRule& rule);

}  // namespace volary
