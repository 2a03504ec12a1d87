#pragma once

#include "pyramid/source.h"
#include "streaming/byte_budget.h"
#include "streaming/chunk_memory.h"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace volary {

/// Bytes of a decoded chunk of this level.
std::size_t decodedChunkBytes(const LevelInfo& level, VoxelType type);

/// What one call may have in hand at once: enough for the chunks of a brick as files have them, and a bound where these
/// are large. At least one chunk, whatever its size.
inline constexpr std::size_t kMaxBatchBytes = 16 << 20;
inline constexpr std::size_t kMaxBatchChunks = 256;

struct ChunkBudgets {
  std::uint64_t decodedBytes = 512ull << 20;  ///< chunks held, and memory kept for them
  std::uint64_t storedBytes = 64ull << 20;    ///< as they stand in the file: read, and not decoded yet
};

/// Figures since the cache was made, and of this moment.
struct ChunkCacheStats {
  std::uint64_t bytesRead = 0;
  std::uint64_t readCalls = 0;
  std::uint64_t bytesDecoded = 0;
  std::uint64_t chunksDecoded = 0;
  std::uint64_t hits = 0;
  std::uint64_t decodedBytes = 0;  ///< held, in the making, in use, kept for use
  std::uint64_t decodedPeakBytes = 0;
  std::uint64_t storedBytes = 0;
  std::uint64_t storedPeakBytes = 0;
  std::uint64_t allocations = 0;  ///< of memory for chunks
};

/// Whoever wants chunks: is given each as soon as it is there.
class ChunkUser {
 public:
  virtual ~ChunkUser() = default;
  virtual void use(std::size_t index, const DecodedChunk& chunk) = 0;
  /// Asked between two chunks, and not again once it has said yes: the rest is not wanted any more.
  virtual bool givesUp() { return false; }
};

/// How a call of ChunkCache::serve() ended.
enum class Served {
  all,
  givenUp,  ///< the user gave up
  notYet,   ///< another thread has not made a chunk in time
};

/// Where those wait who want a chunk that another thread is making: they get it even if the cache has no room to hold
/// it.
struct ChunkInMaking;
/// Null = for none.
using ChunkWait = std::shared_ptr<ChunkInMaking>;

/// What a thread keeps from call to call of ChunkCache::serve(), so that nothing is allocated in the steady state.
class ChunkScratch;

/// Not noexcept: libstdc++ then keeps the hash beside the key, instead of computing it again for each key that it
/// passes on the way. Profiled with Fiji's small chunks, of which a brick looks up 64: 6 % of a brick's time.
struct ChunkKeyHash {
  std::size_t operator()(const ChunkKey& key) const { return std::hash<ChunkKey>()(key); }
};

/// Decoded chunks in host memory; when the budget is spent, the oldest that was not used for longest leaves (second
/// chance, as in Corbató: A paging experiment with the Multics system, 1968).
///
/// Any thread. A chunk that several threads want at once is read and decoded by the first, the others wait for that
/// chunk alone; a failure reaches all of them and is not kept, so that whoever asks later tries again. Nor is a chunk
/// that only stands in for one that the source has yet to make. Chunks that stand in line behind a read that hangs are
/// left to whoever wants them. Invariants: a chunk is in the making at most once; decoded bytes exceed the budget only
/// by what is in the making and in use, which is at most a batch for each thread.
class ChunkCache {
 public:
  ChunkCache(Source& source, const ChunkBudgets& budgets);
  ChunkCache(const ChunkCache&) = delete;
  ChunkCache& operator=(const ChunkCache&) = delete;

  /// Gives each chunk of `keys`, all of one level of `pyramid`, to `user`, in any order: those held first; then those
  /// that are read and decoded here, neighbours in the file at once; last those that another thread is making. One lock
  /// for all look-ups of a batch. Waits for another thread for `patience` at most. Throws Error, one sentence that
  /// names file, chunk and cause, at the first chunk that can't be had; the rest is then left. `waits`, if given one
  /// for each key, keeps the place in line for the chunks that were not given: to be handed in with these keys the next
  /// time.
  Served serve(std::span<const ChunkKey> keys, const ImagePyramid& pyramid, std::chrono::milliseconds patience,
               ChunkScratch& scratch, ChunkUser& user, std::span<ChunkWait> waits = {});

  /// Forgets all that is held, but keeps the memory for others.
  void dropAll();
  void setBudgets(const ChunkBudgets& budgets);
  ChunkCacheStats stats() const;

 private:
  friend class ChunkScratch;
  class Maker;

  struct Entry {
    ChunkKey key;
    DecodedChunk chunk;
    bool isHeld = false;            ///< else in the making
    bool isUsed = false;            ///< since it was held, or last looked at in the order
    ChunkWait waiting;              ///< null while nobody does
    ChunkScratch* maker = nullptr;  ///< while in the making
    std::size_t claim = 0;          ///< of the maker's
  };
  using Entries = std::pmr::list<Entry>;

  /// What is asked for: keys, and for each of them perhaps a place in line.
  struct Request {
    std::span<const ChunkKey> keys;
    std::span<ChunkWait> waits;
  };
  bool serveBatch(const Request& request, std::size_t begin, std::size_t end, const ImagePyramid& pyramid,
                  ChunkScratch& scratch, ChunkUser& user);
  void claim(const Request& request, std::size_t begin, std::size_t end, std::size_t chunkBytes, ChunkScratch& scratch);
  enum class Found { chunk, nothing, notYet };
  Found waitFor(const ChunkKey& key, std::chrono::milliseconds patience, ChunkWait& wait, DecodedChunk& chunk);
  bool takeFromHung(Entries::iterator entry);
  DecodedChunk takeMemory(std::size_t bytes);
  void hold(Entries::iterator entry, DecodedChunk chunk);
  void passOn(Entries::iterator entry, const DecodedChunk& chunk);
  void forget(Entries::iterator entry, const std::string& error);
  void dropOldest();

  Source& source_;
  const GrowingPyramids* const growing_;  // null of sources that don't
  ByteBudget stored_;
  ChunkMemory memory_;
  mutable std::mutex mutex_;  ///< guards all that follows
  std::pmr::unsynchronized_pool_resource nodes_;
  Entries held_{&nodes_};  ///< in the order in which they leave, last first; what was used meanwhile stays once more
  Entries making_{&nodes_};
  std::pmr::unordered_map<ChunkKey, Entries::iterator, ChunkKeyHash> entryOf_{&nodes_};
  ChunkCacheStats stats_;
};

/// See above. Never shared by two threads.
class ChunkScratch {
 public:
  ChunkScratch() = default;

 private:
  friend class ChunkCache;
  struct Claimed {
    std::size_t index = 0;                ///< of the caller's keys
    ChunkCache::Entries::iterator entry;  ///< guarded by the cache's mutex_; held_.end() once it is not ours any more
    DecodedChunk chunk;                   ///< memory to decode into; null once it turns out that nothing is stored
    bool isLasting = true;                ///< else it stands in for what the source has yet to make
  };
  struct Hit {
    std::size_t index = 0;
    DecodedChunk chunk;
  };

  DecodeScratch decode_;
  std::vector<std::byte> stored_;
  std::vector<Hit> hits_;
  std::vector<Claimed> claimed_;
  std::vector<ChunkKey> claimedKeys_;
  std::vector<std::size_t> made_;  ///< of `claimed_`: decoded, and not yet in the cache
  // Seen by other threads, which judge by them whether we hang.
  std::array<std::atomic<bool>, kMaxBatchChunks> readBegun_{};  ///< of `claimed_`
  std::atomic<std::chrono::steady_clock::time_point> lastProgress_{};
  std::vector<std::size_t> busy_;  ///< of the caller's keys: in the making by another thread
  std::vector<ChunkWait> waits_;   ///< for a caller who has none
};

}  // namespace volary
