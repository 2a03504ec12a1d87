#include "build/source_box.h"

#include "base/error.h"
#include "base/grid.h"
#include "base/parallel.h"
#include "streaming/failure.h"

#include <chrono>
#include <cstring>
#include <vector>

namespace volary {
namespace {

bool contains(const VoxelBox& outer, const VoxelBox& inner) {
  return glm::all(glm::greaterThanEqual(inner.begin, outer.begin)) &&
         glm::all(glm::lessThanEqual(inner.end, outer.end));
}

}  // namespace

void SourceBoxReader::copyShared(const ChunkKey& key, const ImagePyramid& pyramid,
                                 const std::function<void(const std::byte*)>& copyFrom) {
  struct User final : ChunkUser {
    explicit User(const std::function<void(const std::byte*)>& function) : copy(function) {}
    void use(std::size_t, const DecodedChunk& chunk) override { copy(chunk ? chunk.voxels() : nullptr); }
    const std::function<void(const std::byte*)>& copy;
  } user(copyFrom);
  ChunkScratch scratch;
  // Another thread may be making it; there is nothing better to do than to wait.
  while (cache_.serve({&key, 1}, pyramid, std::chrono::seconds(1), scratch, user) == Served::notYet) {
  }
}

void SourceBoxReader::readChunk(const ChunkKey& key, const ImagePyramid& pyramid, const VoxelBox& box,
                                std::span<std::byte> voxels) {
  thread_local DecodeScratch scratch;
  thread_local std::vector<std::byte> decoded;
  const LevelInfo& level = pyramid.levels[static_cast<std::size_t>(key.level)];
  const std::size_t bytes = voxelBytes(pyramid.voxelType);
  const i64vec3 begin = key.chunk * i64vec3(level.chunkVoxels);
  const VoxelBox whole{.begin = begin, .end = begin + i64vec3(level.chunkVoxels)};
  const VoxelBox part = intersect(intersect(whole, {.begin = i64vec3(0), .end = level.sizeVoxels}), box);
  const std::function<void(const std::byte*)> copyFrom = [&](const std::byte* from) {
    forEachRow(part, whole, box, [&](std::size_t fromIndex, std::size_t toIndex, std::size_t count) {
      if (from)
        std::memcpy(voxels.data() + toIndex * bytes, from + fromIndex * bytes, count * bytes);
      else
        std::memset(voxels.data() + toIndex * bytes, 0, count * bytes);
    });
  };

  if (!contains(box, intersect(whole, {.begin = i64vec3(0), .end = level.sizeVoxels}))) {
    return copyShared(key, pyramid, copyFrom);
  }
  const RawChunk raw = source_.readChunk(key);
  if (!raw.stored) return copyFrom(nullptr);
  // Whole planes, or one chunk that is the box, are decoded straight to their place.
  const std::size_t size = decodedChunkBytes(level, pyramid.voxelType);
  if (contains(box, whole) && whole.begin.x == box.begin.x && whole.end.x == box.end.x &&
      whole.begin.y == box.begin.y && whole.end.y == box.end.y)
    return source_.decodeChunk(key, raw, voxels.subspan(indexIn(box, whole.begin) * bytes, size), scratch);
  decoded.resize(size);
  source_.decodeChunk(key, raw, decoded, scratch);
  copyFrom(decoded.data());
}

void SourceBoxReader::read(ImageId image, int level, const VoxelBox& box, int threads, std::span<std::byte> voxels) {
  const ImagePyramid& pyramid = source_.pyramid(image);
  const i64vec3 chunk(pyramid.levels[static_cast<std::size_t>(level)].chunkVoxels);
  const i64vec3 first = box.begin / chunk;
  const i64vec3 grid = ceilDiv(box.end, chunk) - first;
  parallelFor(static_cast<std::size_t>(grid.x * grid.y * grid.z), threads, [&](std::size_t index) {
    const auto i = static_cast<std::int64_t>(index);
    const ChunkKey key{image, level, first + cellAt(grid, i)};
    try {
      readChunk(key, pyramid, box, voxels);
    } catch (...) {
      throw Error(describeFailure(source_, fmt::format("{}, chunk {}, {}, {}", describeLevel(source_, image, level),
                                                       key.chunk.x, key.chunk.y, key.chunk.z)));
    }
  });
}

}  // namespace volary
