#pragma once

#include "pyramid/voxel_type.h"

#include <cstddef>
#include <span>
#include <vector>

/// Chunks as Fiji's BigDataViewer export stores them, made outside HDF5's library and its lock.
namespace volary {

/// HDF5's scale-offset filter (id 6) for integers, with a defined fill value of 0: the smallest value is taken off and
/// the rest packed into as few bits as they need. uint16 is packed as the int16 that BigDataViewer stores.
std::vector<std::byte> packScaleOffset(VoxelType type, std::span<const std::byte> voxels);

/// The filter chain: scale-offset for integers, byte shuffle for floating point, then deflate level 6. Any thread.
std::vector<std::byte> encodeBdvChunk(VoxelType type, std::span<const std::byte> voxels);

}  // namespace volary
