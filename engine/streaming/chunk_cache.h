#pragma once

#include "pyramid/source.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace volary {

/// The voxels of one decoded chunk: the full chunk shape, x fastest, native byte order. Null = not stored,
/// all voxels are zero. Stays valid for whoever holds it, also when the cache has dropped it.
using DecodedChunk = std::shared_ptr<const std::byte[]>;

/// Bytes of a decoded chunk of this level.
std::size_t decodedChunkBytes(const LevelInfo& level, VoxelType type);

/// Figures since the cache was made, and what it holds now.
struct ChunkCacheStats {
  std::uint64_t bytesRead = 0;
  std::uint64_t bytesDecoded = 0;
  std::uint64_t chunksDecoded = 0;
  std::uint64_t hits = 0;
  std::uint64_t heldBytes = 0;
};

/// Not noexcept: libstdc++ then keeps the hash beside the key, instead of computing it again for each key that it passes
/// on the way. Profiled with Fiji's small chunks, of which a brick looks up 64: 6 % of a brick's time.
struct ChunkKeyHash {
  std::size_t operator()(const ChunkKey& key) const { return std::hash<ChunkKey>()(key); }
};

/// Decoded chunks in host memory, least recently used ones leaving when the budget is spent.
///
/// Any thread. A chunk that several threads want at once is read and decoded by the first, the others wait
/// for that chunk alone; a failure reaches all of them and is not kept, so that whoever asks later tries
/// again. Invariants: a chunk is in the making at most once; the chunks held never exceed the budget (those
/// in use by callers, or in the making, come on top).
class ChunkCache {
 public:
  ChunkCache(Source& source, std::uint64_t budgetBytes);
  ChunkCache(const ChunkCache&) = delete;
  ChunkCache& operator=(const ChunkCache&) = delete;

  /// The chunk, read and decoded here if need be. `pyramid` is that of the key's image. Throws Error, one
  /// sentence that names file, chunk and cause, whatever went wrong.
  DecodedChunk get(const ChunkKey& key, const ImagePyramid& pyramid, DecodeScratch& scratch);

  /// As get(), but nothing where another thread is still making the chunk after `patience`: a read may never come back.
  std::optional<DecodedChunk> getWithin(std::chrono::milliseconds patience, const ChunkKey& key,
                                        const ImagePyramid& pyramid, DecodeScratch& scratch);

  /// As get(), but nothing where another thread is making the chunk: the caller does something else first.
  std::optional<DecodedChunk> getUnlessBusy(const ChunkKey& key, const ImagePyramid& pyramid,
                                            DecodeScratch& scratch);

  ChunkCacheStats stats() const;

 private:
  /// A chunk in the making. `done`, `voxels` and `error` are guarded by mutex_.
  struct Pending {
    std::condition_variable finished;
    bool done = false;
    DecodedChunk voxels;
    std::string error;
  };
  struct Held {
    ChunkKey key;
    DecodedChunk voxels;
    std::uint64_t bytes = 0;
  };

  DecodedChunk make(const ChunkKey& key, const ImagePyramid& pyramid, DecodeScratch& scratch,
                    const std::shared_ptr<Pending>& pending);
  void hold(const ChunkKey& key, const DecodedChunk& voxels, std::uint64_t bytes, std::list<Held>& dropped);

  Source& source_;
  const std::uint64_t budgetBytes_;
  mutable std::mutex mutex_;
  std::list<Held> held_;  ///< most recently used first
  std::unordered_map<ChunkKey, std::list<Held>::iterator, ChunkKeyHash> heldAt_;
  std::unordered_map<ChunkKey, std::shared_ptr<Pending>, ChunkKeyHash> pending_;
  ChunkCacheStats stats_;
};

}  // namespace volary
