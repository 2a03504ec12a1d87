#pragma once

#include "pyramid/source.h"

#include <cstddef>
#include <cstring>
#include <vector>

namespace volary::test {

/// All voxels of one level as stored, x fastest, native byte order: chunk by chunk on the calling thread, with nothing
/// in between but the source.
inline std::vector<std::byte> readLevel(Source& source, ImageId image, int level) {
  const ImagePyramid& pyramid = source.pyramid(image);
  const LevelInfo& info = pyramid.levels.at(level);
  const i64vec3 size = info.sizeVoxels;
  const i64vec3 chunk(info.chunkVoxels);
  const auto bytes = static_cast<std::int64_t>(voxelBytes(pyramid.voxelType));
  std::vector<std::byte> voxels(size.x * size.y * size.z * bytes);
  std::vector<std::byte> decoded(chunk.x * chunk.y * chunk.z * bytes);
  DecodeScratch scratch;
  const i64vec3 grid = ceilDiv(size, chunk);
  for (std::int64_t cz = 0; cz < grid.z; ++cz)
    for (std::int64_t cy = 0; cy < grid.y; ++cy)
      for (std::int64_t cx = 0; cx < grid.x; ++cx) {
        const ChunkKey key{.image = image, .level = level, .chunk = {cx, cy, cz}};
        source.decodeChunk(key, source.readChunk(key), decoded, scratch);
        const i64vec3 origin = key.chunk * chunk;
        const i64vec3 inside = glm::min(chunk, size - origin);
        for (std::int64_t z = 0; z < inside.z; ++z)
          for (std::int64_t y = 0; y < inside.y; ++y)
            std::memcpy(&voxels[(((origin.z + z) * size.y + origin.y + y) * size.x + origin.x) * bytes],
                        &decoded[(z * chunk.y + y) * chunk.x * bytes], inside.x * bytes);
      }
  return voxels;
}

}  // namespace volary::test
