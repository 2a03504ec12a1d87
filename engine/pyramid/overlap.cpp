#include "pyramid/overlap.h"

#include <algorithm>
#include <cmath>

namespace volary {

namespace {

// In bricks: far below a voxel, far above the rounding of a quotient of factors.
constexpr double kTolerance = 1e-7;

}  // namespace

ivec3 brickAt(const LevelInfo& level, const dvec3& edge) {
  const dvec3 last = dvec3(brickGrid(level) - 1);
  return ivec3(glm::clamp(glm::floor(edge / level.factor / double(kBrickPayload)), dvec3(0.0), last));
}

BrickRange overlappingBricks(const LevelInfo& from, const ivec3& brick, const LevelInfo& to) {
  const ivec3 fromGrid = brickGrid(from);
  const ivec3 toGrid = brickGrid(to);
  BrickRange range;
  for (int axis = 0; axis < 3; ++axis) {
    const double scale = from.factor[axis] / to.factor[axis];
    const double last = toGrid[axis] - 1;
    const double begin = std::floor(brick[axis] * scale + kTolerance);
    const double end = std::ceil((brick[axis] + 1) * scale - kTolerance) - 1;
    range.begin[axis] = static_cast<int>(std::clamp(begin, 0.0, last));
    // The last brick also holds what lies beyond its level's end.
    const bool isLast = brick[axis] == fromGrid[axis] - 1;
    range.end[axis] = 1 + static_cast<int>(isLast ? last : std::clamp(end, 0.0, last));
  }
  return range;
}

bool bricksNest(const LevelInfo& finer, const LevelInfo& coarser) {
  for (int axis = 0; axis < 3; ++axis) {
    const double ratio = coarser.factor[axis] / finer.factor[axis];
    if (ratio < 1.0 || std::abs(ratio - std::round(ratio)) > 1e-9) return false;
  }
  return true;
}

}  // namespace volary
