#pragma once

#include "pyramid/source.h"
#include "streaming/chunk_maker.h"
#include "streaming/chunk_table.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace volary {

/// Bytes of a decoded chunk of this level.
std::size_t decodedChunkBytes(const LevelInfo& level, VoxelType type);

struct ChunkBudgets {
  std::uint64_t decodedBytes = 512ull << 20;  ///< chunks held, and memory kept for them
  std::uint64_t storedBytes = 64ull << 20;    ///< as stored: read, and not decoded yet
};

/// How a call of ChunkCache::serve() ended.
enum class Served {
  all,
  givenUp,  ///< the user gave up
  notYet,   ///< another thread has not made a chunk in time, or its bytes are on their way (storage/pending_reads.h)
};

/// A thread's memory between calls of ChunkCache::serve(), so that nothing is allocated in the steady state. Never
/// shared by two threads.
struct ChunkScratch {
  ChunkTable::Claims claims;
  MakerScratch maker;
  std::vector<ChunkTable::Hit> hits;
  std::vector<std::size_t> busy;  ///< indices of keys whose chunks another thread is making
  std::vector<ChunkWait> waits;   ///< for a caller that has none
};

/// Decoded chunks in host memory; when the budget is spent, chunks leave (ChunkTable).
///
/// Any thread. A chunk that several threads want at once is read and decoded by the first, the others wait for that
/// chunk alone; a failure reaches all of them and is not kept, so that whoever asks later tries again. A chunk that
/// only stands in for one that the source has yet to make is not kept, either. Chunks in line behind a read that hangs
/// are left to whoever wants them. Invariants: a chunk is in the making at most once; decoded bytes exceed the budget
/// only by what is in the making and in use, which is at most a batch for each thread.
class ChunkCache {
 public:
  ChunkCache(Source& source, const ChunkBudgets& budgets);
  ChunkCache(const ChunkCache&) = delete;
  ChunkCache& operator=(const ChunkCache&) = delete;

  /// Gives each chunk of `keys`, all of one level of `pyramid`, to `user`, in any order: those held first; then those
  /// that are read and decoded here, neighbours in the file at once; last those that another thread is making. One lock
  /// for all look-ups of a batch. Waits for another thread for `patience` at most. Throws Error, one sentence that
  /// names file, chunk and cause, at the first chunk that can't be had, and leaves the rest. `waits`, if given, has one
  /// for each key, and keeps the place in line for chunks that were not given: pass it with these keys the next time.
  Served serve(std::span<const ChunkKey> keys, const ImagePyramid& pyramid, std::chrono::milliseconds patience,
               ChunkScratch& scratch, ChunkUser& user, std::span<ChunkWait> waits = {});

  /// Forgets all that is held, but keeps the memory for others.
  void dropAll();
  void setBudgets(const ChunkBudgets& budgets);
  ChunkCacheStats stats() const;

 private:
  Served serveBatch(const ChunkRequest& request, std::size_t begin, std::size_t end, const ImagePyramid& pyramid,
                    ChunkScratch& scratch, ChunkUser& user);

  ChunkSupply supply_;
  ChunkTable table_;
};

}  // namespace volary
