#include "streaming/chunk_cache.h"

#include "base/error.h"
#include "streaming/failure.h"

#include <iterator>

namespace volary {

namespace {

// What an entry costs beside its voxels (list node, two hash nodes, control block), so that millions of
// chunks that are not stored count as well.
constexpr std::uint64_t kEntryBytes = 256;

}  // namespace

std::size_t decodedChunkBytes(const LevelInfo& level, VoxelType type) {
  const glm::vec<3, std::size_t> chunk(level.chunkVoxels);
  return chunk.x * chunk.y * chunk.z * voxelBytes(type);
}

ChunkCache::ChunkCache(Source& source, std::uint64_t budgetBytes)
    : source_(source), budgetBytes_(budgetBytes) {}

DecodedChunk ChunkCache::get(const ChunkKey& key, const ImagePyramid& pyramid, DecodeScratch& scratch) {
  while (true)
    if (const std::optional<DecodedChunk> chunk = getWithin(std::chrono::hours(1), key, pyramid, scratch)) return *chunk;
}

std::optional<DecodedChunk> ChunkCache::getWithin(std::chrono::milliseconds patience, const ChunkKey& key,
                                                  const ImagePyramid& pyramid, DecodeScratch& scratch) {
  if (std::optional<DecodedChunk> chunk = getUnlessBusy(key, pyramid, scratch)) return chunk;

  std::unique_lock lock(mutex_);
  if (const auto found = pending_.find(key); found != pending_.end()) {
    const std::shared_ptr<Pending> pending = found->second;
    if (!pending->finished.wait_for(lock, patience, [&] { return pending->done; })) return std::nullopt;
    if (!pending->error.empty()) throw Error(pending->error);
    ++stats_.hits;
    return pending->voxels;
  }
  lock.unlock();
  // It was finished in between: it is held now, or was dropped or has failed and is made anew.
  return getWithin(patience, key, pyramid, scratch);
}

std::optional<DecodedChunk> ChunkCache::getUnlessBusy(const ChunkKey& key, const ImagePyramid& pyramid,
                                                      DecodeScratch& scratch) {
  std::shared_ptr<Pending> pending;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = heldAt_.find(key); found != heldAt_.end()) {
      held_.splice(held_.begin(), held_, found->second);
      ++stats_.hits;
      return found->second->voxels;
    }
    const auto [at, first] = pending_.try_emplace(key);
    if (!first) return std::nullopt;
    pending = at->second = std::make_shared<Pending>();
  }
  return make(key, pyramid, scratch, pending);
}

DecodedChunk ChunkCache::make(const ChunkKey& key, const ImagePyramid& pyramid, DecodeScratch& scratch,
                              const std::shared_ptr<Pending>& pending) {
  const LevelInfo& level = pyramid.levels[key.level];
  const std::size_t size = decodedChunkBytes(level, pyramid.voxelType);
  std::shared_ptr<std::byte[]> voxels;
  std::size_t readBytes = 0;
  std::string error;
  try {
    const RawChunk raw = source_.readChunk(key);
    readBytes = raw.bytes.size();
    if (raw.stored) {
      voxels = std::make_shared_for_overwrite<std::byte[]>(size);
      source_.decodeChunk(key, raw, std::span(voxels.get(), size), scratch);
    }
  } catch (...) {
    error = describeFailure(source_,
                            fmt::format("{}, chunk {}, {}, {}", describeLevel(source_, key.image, key.level),
                                        key.chunk.x, key.chunk.y, key.chunk.z));
  }

  std::list<Held> dropped;  // freed after the lock is
  {
    const std::lock_guard lock(mutex_);
    stats_.bytesRead += readBytes;
    if (error.empty()) {
      if (voxels != nullptr) {
        stats_.bytesDecoded += size;
        ++stats_.chunksDecoded;
      }
      hold(key, voxels, kEntryBytes + (voxels ? size : 0), dropped);
    }
    pending->voxels = voxels;
    pending->error = error;
    pending->done = true;
    pending_.erase(key);
  }
  pending->finished.notify_all();
  if (!error.empty()) throw Error(error);
  return voxels;
}

void ChunkCache::hold(const ChunkKey& key, const DecodedChunk& voxels, std::uint64_t bytes,
                      std::list<Held>& dropped) {
  held_.push_front({.key = key, .voxels = voxels, .bytes = bytes});
  heldAt_[key] = held_.begin();
  stats_.heldBytes += bytes;
  while (stats_.heldBytes > budgetBytes_) {
    stats_.heldBytes -= held_.back().bytes;
    heldAt_.erase(held_.back().key);
    dropped.splice(dropped.end(), held_, std::prev(held_.end()));
  }
}

ChunkCacheStats ChunkCache::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

}  // namespace volary
