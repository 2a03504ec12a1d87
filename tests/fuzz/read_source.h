#pragma once

#include "base/error.h"
#include "fuzz/fuzz_input.h"
#include "pyramid/source.h"

#include <cstdint>
#include <vector>

namespace volary::test {

/// How much one input has time to read.
struct ReadingBudget {
  int images = 16;
  int chunks = 200;
  // A chunk of up to 1 GiB is sound; decoding it may take a second.
  std::int64_t voxels = 1 << 20;
};

inline void readLevel(Source& source, ImageId image, int level, ReadingBudget& left) {
  const ImagePyramid& pyramid = source.pyramid(image);
  const LevelInfo& info = pyramid.levels[static_cast<std::size_t>(level)];
  const i64vec3 chunk(info.chunkVoxels);
  require(chunk.x > 0 && chunk.y > 0 && chunk.z > 0, "a chunk without voxels");
  require(info.sizeVoxels.x > 0 && info.sizeVoxels.y > 0 && info.sizeVoxels.z > 0, "a level without voxels");
  source.countBytesStored(image, level);
  const std::int64_t chunkVoxels = chunk.x * chunk.y * chunk.z;
  if (chunkVoxels > left.voxels) return;
  std::vector<std::byte> voxels(static_cast<std::size_t>(chunkVoxels) * voxelBytes(pyramid.voxelType));
  DecodeScratch scratch;
  const i64vec3 grid = ceilDiv(info.sizeVoxels, chunk);
  for (ChunkKey key{.image = image, .level = level}; key.chunk.z < grid.z; ++key.chunk.z)
    for (key.chunk.y = 0; key.chunk.y < grid.y; ++key.chunk.y)
      for (key.chunk.x = 0; key.chunk.x < grid.x; ++key.chunk.x) {
        left.voxels -= chunkVoxels;
        if (left.chunks-- <= 0 || left.voxels < 0) return;
        try {
          source.decodeChunk(key, source.readChunk(key), voxels, scratch);
        } catch (const Error&) {
          // One chunk is damaged; the others may be sound.
        }
      }
}

inline void readImage(Source& source, ImageId image, ReadingBudget& left) {
  try {
    const int levels = static_cast<int>(source.pyramid(image).levels.size());
    require(levels > 0, "an image without levels");
    for (int level = 0; level < levels; ++level) readLevel(source, image, level, left);
  } catch (const Error&) {
    // One image is damaged; the others may be sound.
  }
}

/// Reads images, levels and chunks of a source, as many as an input of a fuzzer has time for. If one is damaged, the
/// others are read all the same.
inline void readWithinBounds(Source& source) {
  const auto setups = static_cast<std::int32_t>(source.dataset().setups.size());
  const auto timepoints = static_cast<std::int32_t>(source.dataset().timepoints.size());
  ReadingBudget left;
  for (ImageId image; image.setup < setups; ++image.setup)
    for (image.timepoint = 0; image.timepoint < timepoints && left.images-- > 0; ++image.timepoint)
      readImage(source, image, left);
}

}  // namespace volary::test
