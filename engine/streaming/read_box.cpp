#include "streaming/read_box.h"

#include "base/error.h"
#include "base/grid.h"
#include "streaming/brick_assembly.h"
#include "streaming/chunk_cache.h"
#include "streaming/failure.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstring>
#include <mutex>
#include <thread>

namespace volary {

namespace {

/// The chunks that a box touches, numbered in the order of the file.
struct ChunkList {
  i64vec3 begin{0};
  i64vec3 grid{0};

  std::int64_t count() const { return grid.x * grid.y * grid.z; }
  i64vec3 at(std::int64_t i) const { return begin + cellAt(grid, i); }
};

ChunkList chunksOfBox(const LevelInfo& level, const VoxelBox& box) {
  const i64vec3 chunk(level.chunkVoxels);
  const i64vec3 begin = box.begin / chunk;
  return {.begin = begin, .grid = (box.end - std::int64_t{1}) / chunk + std::int64_t{1} - begin};
}

/// The failure of the chunk that comes first in the file.
class FirstFailure {
 public:
  void add(std::int64_t chunk, std::string sentence) {
    const std::lock_guard lock(mutex_);
    if (sentence_.empty() || chunk < chunk_) {
      chunk_ = chunk;
      sentence_ = std::move(sentence);
    }
  }
  const std::string& sentence() const { return sentence_; }

 private:
  std::mutex mutex_;
  std::int64_t chunk_ = 0;
  std::string sentence_;
};

}  // namespace

std::vector<std::byte> readBox(Source& source, ImageId image, int level, const VoxelBox& box, int threads) {
  const ImagePyramid& pyramid = source.pyramid(image);
  const LevelInfo& info = pyramid.levels[level];
  assert(glm::all(glm::greaterThanEqual(box.begin, i64vec3(0))) &&
         glm::all(glm::lessThanEqual(box.end, info.sizeVoxels)));
  const std::size_t bytes = voxelBytes(pyramid.voxelType);
  if (box.empty()) return {};

  const i64vec3 size = box.size();
  std::vector<std::byte> voxels(static_cast<std::size_t>(size.x) * size.y * size.z * bytes);
  const ChunkList chunks = chunksOfBox(info, box);
  std::atomic<std::int64_t> next{0};
  FirstFailure failure;

  const auto work = [&] {
    DecodeScratch scratch;
    std::vector<std::byte> decoded;
    for (std::int64_t i = next++; i < chunks.count(); i = next++) {
      const ChunkKey key{.image = image, .level = level, .chunk = chunks.at(i)};
      try {
        // Chunks that are not stored are zero, as `voxels` is already.
        const RawChunk raw = source.readChunk(key);
        if (!raw.stored) continue;
        decoded.resize(decodedChunkBytes(info, pyramid.voxelType));
        source.decodeChunk(key, raw, decoded, scratch);
        const i64vec3 begin = key.chunk * i64vec3(info.chunkVoxels);
        const VoxelBox from{.begin = begin, .end = begin + i64vec3(info.chunkVoxels)};
        forEachRow(intersect(box, chunkBox(info, key.chunk)), from, box,
                   [&](std::size_t fromIndex, std::size_t toIndex, std::size_t count) {
                     std::memcpy(voxels.data() + toIndex * bytes, decoded.data() + fromIndex * bytes, count * bytes);
                   });
      } catch (...) {
        failure.add(i, describeFailure(source, fmt::format("{}, chunk {}, {}, {}", describeLevel(source, image, level),
                                                           key.chunk.x, key.chunk.y, key.chunk.z)));
        next = chunks.count();
      }
    }
  };

  {
    const auto cores = static_cast<std::int64_t>(std::max(1u, std::thread::hardware_concurrency()));
    const std::int64_t workers = std::min(threads > 0 ? std::int64_t{threads} : cores, chunks.count());
    std::vector<std::jthread> helpers;
    for (std::int64_t i = 1; i < workers; ++i) helpers.emplace_back(work);
    work();
  }
  if (!failure.sentence().empty()) throw Error(failure.sentence());
  return voxels;
}

}  // namespace volary
