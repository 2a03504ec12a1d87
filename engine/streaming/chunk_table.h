#pragma once

#include "pyramid/source.h"
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

/// The most that one call has in hand at once: enough for the chunks of a brick in usual files, and a bound if chunks
/// are large. At least one chunk, whatever its size.
inline constexpr std::size_t kMaxBatchBytes = 16 << 20;
inline constexpr std::size_t kMaxBatchChunks = 256;

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

/// The place to wait for a chunk that another thread is making: those who wait get it even if the cache has no room to
/// hold it.
struct ChunkInMaking;
/// Null = waits for none.
using ChunkWait = std::shared_ptr<ChunkInMaking>;

/// A request: keys, and perhaps a place in line for each of them.
struct ChunkRequest {
  std::span<const ChunkKey> keys;
  std::span<ChunkWait> waits;
};

/// Not noexcept: libstdc++ then keeps the hash beside the key, instead of computing it again for each key that it
/// passes on the way. Profiled: that took 6 % of a brick's time with Fiji's small chunks, of which a brick looks up 64.
struct ChunkKeyHash {
  std::size_t operator()(const ChunkKey& key) const { return std::hash<ChunkKey>()(key); }
};

/// Which chunks are held, which are being made and by whom, who waits for them, and their memory. When that is spent,
/// the oldest chunk that was not used lately leaves (second chance, as in Corbató: A paging experiment with the Multics
/// system, 1968).
///
/// Any thread; each function takes the lock once, for a few instructions a chunk, and never while a chunk is read or
/// decoded. Invariant: a chunk is claimed by one thread at most. A thread ends what it has claimed.
class ChunkTable {
  struct Entry;
  using Entries = std::pmr::list<Entry>;

 public:
  /// The chunks of one batch that a thread makes. Only this thread calls the functions. Other threads judge by its
  /// notes whether it hangs in a read, and then take over what it has not begun to read.
  class Claims {
   public:
    std::size_t size() const { return claims_.size(); }
    const std::vector<ChunkKey>& keys() const { return keys_; }
    /// The index of the i-th one among the request's keys.
    std::size_t indexOf(std::size_t i) const { return claims_[i].index; }
    /// Memory to decode the i-th one into; the maker sets it to null if nothing is stored.
    DecodedChunk& chunk(std::size_t i) { return claims_[i].chunk; }
    std::size_t chunkBytes() const { return chunkBytes_; }

    /// Notes that the i-th one only stands in for what the source has yet to make: it is passed on, but not held.
    void noteStandIn(std::size_t i) { claims_[i].isLasting = false; }
    /// Notes that the read of the i-th one begins.
    void noteReadBegun(std::size_t i) { readBegun_[i].store(true, std::memory_order_relaxed); }
    /// Notes that one more was made.
    void noteProgress() { lastProgress_.store(std::chrono::steady_clock::now(), std::memory_order_relaxed); }

   private:
    friend class ChunkTable;
    struct Claim {
      std::size_t index = 0;
      Entries::iterator entry;  ///< guarded by the table's lock; held_.end() once it is not ours any more
      DecodedChunk chunk;
      bool isLasting = true;
    };
    std::vector<Claim> claims_;
    std::vector<ChunkKey> keys_;
    std::size_t chunkBytes_ = 0;
    std::array<std::atomic<bool>, kMaxBatchChunks> readBegun_{};
    std::atomic<std::chrono::steady_clock::time_point> lastProgress_{};
  };

  /// A chunk that is held, for one of the request's keys.
  struct Hit {
    std::size_t index = 0;
    DecodedChunk chunk;
  };

  /// How a thread ended what it claimed.
  struct Ending {
    ReadCost cost;
    std::size_t failed = 0;  ///< the claim that `error` is of
    std::string error;       ///< empty: none failed; others may try what was not made
  };

  explicit ChunkTable(std::uint64_t budgetBytes) : memory_(budgetBytes) {}
  ChunkTable(const ChunkTable&) = delete;
  ChunkTable& operator=(const ChunkTable&) = delete;

  /// Sorts the keys [begin, end) of a request into three: those that are held; those that other threads make, which are
  /// appended to `busy` and have a place in line from then on; and the rest, which is claimed.
  void claim(const ChunkRequest& request, std::size_t begin, std::size_t end, std::size_t chunkBytes, Claims& claims,
             std::vector<Hit>& hits, std::vector<std::size_t>& busy);

  /// Holds the chunks of these claims, which are made, and gives them to all who wait. Empties `made`.
  void publish(Claims& claims, std::vector<std::size_t>& made);
  /// The same, and gives up all other claims.
  void end(Claims& claims, std::vector<std::size_t>& made, const Ending& ending);

  enum class Found {
    chunk,
    nothing,  ///< nobody makes it any more, and the place in line is gone: look again
    notYet,   ///< the other thread has not made it in time
  };
  /// Waits in line for another thread to make the chunk. A thread that waits must have no claims, so that no two wait
  /// for each other. Throws the other thread's Error.
  Found waitFor(const ChunkKey& key, std::chrono::milliseconds patience, ChunkWait& wait, DecodedChunk& chunk);

  /// Forgets all that is held, but keeps the memory for others.
  void dropAll();
  void setBudget(std::uint64_t bytes);
  /// Without the figures of stored bytes, which the table does not see.
  ChunkCacheStats stats() const;

 private:
  struct Entry {
    ChunkKey key;
    DecodedChunk chunk;
    bool isHeld = false;      ///< otherwise in the making
    bool isUsed = false;      ///< since it was held, or last looked at in the order
    ChunkWait waiting;        ///< null while nobody does
    Claims* maker = nullptr;  ///< while in the making
    std::size_t claim = 0;    ///< of the maker's
  };

  // All under the lock.
  bool takeFromHung(Entries::iterator entry);
  DecodedChunk takeMemory(std::size_t bytes);
  void publishLocked(Claims& claims, std::vector<std::size_t>& made);
  void hold(Entries::iterator entry, DecodedChunk chunk);
  void passOn(Entries::iterator entry, const DecodedChunk& chunk);
  void forget(Entries::iterator entry, const std::string& error);
  void dropOldest();

  mutable std::mutex mutex_;  ///< guards all that follows
  ChunkMemory memory_;
  std::pmr::unsynchronized_pool_resource nodes_;
  Entries held_{&nodes_};  ///< the last one leaves first, but stays once more if it was used meanwhile
  Entries making_{&nodes_};
  std::pmr::unordered_map<ChunkKey, Entries::iterator, ChunkKeyHash> entryOf_{&nodes_};
  ChunkCacheStats stats_;
};

}  // namespace volary
