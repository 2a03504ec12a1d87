#pragma once

#include "pyramid/brick.h"

namespace volary {

/// A block of bricks of one level: first and one past last, along each axis.
struct BrickRange {
  ivec3 begin{0};
  ivec3 end{0};
};

/// The brick of `level` that a point of the full resolution grid's edge space falls into. Points outside the
/// level fall into its outermost bricks, so every point has a brick at every level, though the levels' ends
/// differ (sizes are rounded up in some files and down in others). The shader does the same.
ivec3 brickAt(const LevelInfo& level, const dvec3& edge);

/// The bricks of `to` that the points of `brick`, one of `from`'s, fall into, in the sense of brickAt.
/// Factors need not nest: both levels may be cut at unrelated places.
BrickRange overlappingBricks(const LevelInfo& from, const ivec3& brick, const LevelInfo& to);

/// True if every brick of `finer` overlaps exactly one brick of `coarser`: the factors divide.
bool bricksNest(const LevelInfo& finer, const LevelInfo& coarser);

}  // namespace volary
