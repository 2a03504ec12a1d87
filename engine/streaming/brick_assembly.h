#pragma once

#include "pyramid/brick.h"
#include "pyramid/voxel_box.h"

#include <cstddef>
#include <span>

/// Building a padded brick from decoded chunks. Pure; nothing is allocated.
///
/// `padded` is always kPaddedBrickVoxels page voxels (pyramid/page_voxel.h), x fastest: the voxels from one before the
/// brick's payload to one after it.
namespace volary {

/// Bytes of a padded brick of this voxel type.
std::size_t paddedBrickBytes(VoxelType type);

/// The voxels that the chunk holds of its level: its shape, cut at the level's end.
VoxelBox chunkBox(const LevelInfo& level, const i64vec3& chunk);

/// Copies what the brick needs from one chunk. `voxels` holds the full chunk shape; null = all zero.
void copyChunk(const LevelInfo& level, VoxelType type, const i64vec3& chunk, const std::byte* voxels,
               const ivec3& brick, std::span<std::byte> padded);

/// Fills the voxels that lie outside the level with the nearest voxel inside, once all chunks are copied.
void repeatEdges(const LevelInfo& level, VoxelType type, const ivec3& brick, std::span<std::byte> padded);

}  // namespace volary
