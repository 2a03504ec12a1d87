#pragma once

#include "pyramid/peaks.h"

#include <cstddef>
#include <span>
#include <vector>

/// Building a padded brick of peaks from decoded chunks of a finer level, like brick_assembly.h, whose repeatEdges() is
/// also the last step here.
namespace volary {

/// Makes every voxel less than any other one, or not a number where the page holds floats.
void fillLeast(VoxelType type, std::span<std::byte> padded);

/// Raises the brick's voxels to those of one chunk of `finer`: see finerVoxels(). Values that are not numbers don't
/// count. `voxels` holds the full chunk shape; null = all zero. `scratch` grows to two planes of what the brick takes
/// of the chunk.
void poolChunk(const LevelInfo& level, const LevelInfo& finer, VoxelType type, const i64vec3& chunk,
               const std::byte* voxels, const ivec3& brick, std::span<std::byte> padded,
               std::vector<std::byte>& scratch);

}  // namespace volary
