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

/// The level of Fiji's exporter.
inline constexpr int kDefaultDeflate = 6;

/// The filter chain: scale-offset for integers, byte shuffle for floating point, then deflate of level 1 to 9; with level 0
/// no filter at all. Any thread.
std::vector<std::byte> encodeBdvChunk(VoxelType type, std::span<const std::byte> voxels, int deflateLevel);

/// A gzip stream (RFC 1952). Any thread.
std::vector<std::byte> deflateGzip(std::span<const std::byte> bytes, int level);

}  // namespace volary
