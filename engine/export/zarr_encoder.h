#pragma once

#include "export/convert.h"
#include "pyramid/voxel_type.h"

#include <cstddef>
#include <span>
#include <vector>

/// Chunks and shards of Zarr arrays in the form in which files hold them.
namespace volary {

inline constexpr int kZstdLevel = 3;
inline constexpr int kZarrGzipLevel = 6;

/// One chunk, voxels little-endian. Any thread.
std::vector<std::byte> encodeZarrChunk(ZarrCodec codec, VoxelType type, std::span<const std::byte> voxels);

/// A shard of encoded chunks, x fastest; an empty one stands for a chunk that is not stored. The index, with a CRC-32C,
/// is at the end. Empty if no chunk is stored. Source: Zarr specification, codec "sharding_indexed", version 1.0.
std::vector<std::byte> makeShard(std::span<const std::vector<std::byte>> chunks);

/// True if every byte is zero, as in a chunk that is not stored.
bool isZero(std::span<const std::byte> voxels);

}  // namespace volary
