#pragma once

#include "pyramid/source.h"
#include "pyramid/voxel_box.h"
#include "streaming/chunk_cache.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace volary {

/// Reads boxes of voxels that lie side by side, as a conversion wants them. Chunks that lie wholly in a box are decoded
/// and forgotten; those that reach beyond it are kept, within a budget, for the boxes beside it.
///
/// Any thread; calls may overlap.
class SourceBoxReader {
 public:
  SourceBoxReader(Source& source, std::uint64_t cacheBytes)
      : source_(source), cache_(source, {.decodedBytes = cacheBytes / 4 * 3, .storedBytes = cacheBytes / 4}) {}

  /// Reads the box, which lies in the level, into `voxels`: x fastest, native byte order. Throws Error if a chunk can't
  /// be read.
  void read(ImageId image, int level, const VoxelBox& box, int threads, std::span<std::byte> voxels);

 private:
  void readChunk(const ChunkKey& key, const ImagePyramid& pyramid, const VoxelBox& box, std::span<std::byte> voxels);

  /// Calls copyFrom with the chunk's voxels; null if they are zero.
  void copyShared(const ChunkKey& key, const ImagePyramid& pyramid,
                  const std::function<void(const std::byte*)>& copyFrom);

  Source& source_;
  ChunkCache cache_;
};

}  // namespace volary
