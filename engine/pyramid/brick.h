#pragma once

#include "base/geometry.h"
#include "pyramid/dataset.h"

#include <cstdint>
#include <functional>

namespace volary {

/// Payload voxels of a brick along each axis. 32 keeps the LOD fine-grained and lets 2 x 2 x 2 of Fiji's 16^3 chunks
/// fill one brick; the border costs 20 %.
inline constexpr int kBrickPayload = 32;
/// Border voxels on each face, so that trilinear filtering never reads a neighbour.
inline constexpr int kBrickBorder = 1;
inline constexpr int kPaddedBrick = kBrickPayload + 2 * kBrickBorder;
inline constexpr int kPaddedBrickVoxels = kPaddedBrick * kPaddedBrick * kPaddedBrick;

/// The payload is cut into cells of so many voxels along each axis, whose ranges tell a ray what it may skip. A range
/// holds all that filtering reads in the cell and up to kCellMargin voxels from it in the same brick, so that a few
/// samples around a point of the cell are within it too.
inline constexpr int kCellVoxels = 8;
inline constexpr int kCellMargin = 2;
inline constexpr int kCellsPerBrick = kBrickPayload / kCellVoxels;
/// The ranges of a brick, one texel each of least and greatest: a plane of cells after the other, x fastest, and one
/// more plane whose first texel is the range of the whole brick.
inline constexpr ivec3 kCellTexels(kCellsPerBrick, kCellsPerBrick, kCellsPerBrick + 1);
inline constexpr int kCellRangesVoxels = 2 * kCellTexels.x * kCellTexels.y * kCellTexels.z;

/// One brick of one level of one image. Brick b holds the level's voxels [b * kBrickPayload, (b + 1) * kBrickPayload)
/// as payload.
struct BrickKey {
  ImageId image;
  std::int32_t level = 0;
  ivec3 brick{0};
  /// 0: its voxels are those of the level; n: the peaks of those of the level n levels finer (pyramid/peaks.h).
  std::int32_t peaks = 0;
  bool operator==(const BrickKey&) const = default;
};

/// A total order: image, then coarse levels first, then z, y, x, then as stored first. For deterministic lists.
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
