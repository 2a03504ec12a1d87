#pragma once

#include "base/geometry.h"
#include "pyramid/dataset.h"
#include "shared/sizes.h"

#include <cstdint>
#include <functional>

namespace volary {

using shared::kBrickBorder;
using shared::kBrickPayload;
using shared::kCellMargin;
using shared::kCellsPerBrick;
using shared::kCellTexels;
using shared::kCellVoxels;
using shared::kPaddedBrick;
inline constexpr int kPaddedBrickVoxels = kPaddedBrick * kPaddedBrick * kPaddedBrick;
inline constexpr int kCellRangesVoxels = 2 * kCellTexels.x * kCellTexels.y * kCellTexels.z;

/// One brick of one level of one image. Brick b holds the level's voxels [b * kBrickPayload, (b + 1) * kBrickPayload)
/// as payload.
struct BrickKey {
  ImageId image;
  std::int32_t level = 0;
  ivec3 brick{0};
  /// 0: the brick has the level's own voxels; n: it has the peaks of the level that is n levels finer
  /// (pyramid/peaks.h).
  std::int32_t peaks = 0;
  bool operator==(const BrickKey&) const = default;
};

/// A total order: image, then coarse levels first, then z, y, x, then stored bricks before peaks. For deterministic
/// lists.
bool operator<(const BrickKey& a, const BrickKey& b);

/// Number of bricks of a level along each axis.
ivec3 brickGrid(const LevelInfo& level);

/// The box of the brick's payload, cut at the level's end, in the edge space of the full resolution grid.
Box3 brickEdgeBox(const LevelInfo& level, const ivec3& brick);

/// The voxels of the brick's payload that the level has.
std::int64_t countVoxels(const LevelInfo& level, const ivec3& brick);

/// The chunks that a brick with its border touches: first and one past last, along each axis.
struct ChunkRange {
  i64vec3 begin{0};
  i64vec3 end{0};
};
ChunkRange chunksOfBrick(const LevelInfo& level, const ivec3& brick);

}  // namespace volary

template <>
struct std::hash<volary::BrickKey> {
  std::size_t operator()(const volary::BrickKey& key) const noexcept;
};
