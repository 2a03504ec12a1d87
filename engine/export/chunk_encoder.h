#pragma once

#include "pyramid/voxel_type.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Chunks as Fiji's BigDataViewer export stores them, made outside HDF5's library and its lock.
namespace volary {

/// HDF5's scale-offset filter (id 6) for integers, with a defined fill value of 0: the smallest value is subtracted,
/// and the differences are packed into as few bits as they need. uint16 is packed as the int16 that BigDataViewer
/// stores.
std::vector<std::byte> packScaleOffset(VoxelType type, std::span<const std::byte> voxels);

/// The level of Fiji's exporter.
inline constexpr int kDefaultDeflate = 6;

struct EncodedBdvChunk {
  std::vector<std::byte> bytes;
  std::uint32_t filterMask = 0;  ///< bit i: it skipped filter i of the chain
};

/// The filter chain: scale-offset for integers, byte shuffle for floating point, then deflate of level 1 to 9; with
/// level 0 no filter at all. A chunk whose values need all bits skips scale-offset, which would save none: HDF5 1.14.5
/// and 1.14.6 refuse to read such a record (https://github.com/HDFGroup/hdf5/issues/5861). Any thread.
EncodedBdvChunk encodeBdvChunk(VoxelType type, std::span<const std::byte> voxels, int deflateLevel);

/// A gzip stream (RFC 1952). Any thread.
std::vector<std::byte> deflateGzip(std::span<const std::byte> bytes, int level);

}  // namespace volary
