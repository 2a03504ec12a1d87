#pragma once

#include "base/frame_memory.h"
#include "pyramid/source.h"
#include "streaming/loaded_brick.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace volary {

/// What the loader may use; boundLoaderBytes() follows from it. All but `niceness` and `maxFinished` can be changed
/// while it runs. Chunks are not kept as stored: the kernel's page cache does that, for network file systems too.
struct LoaderSettings {
  int threads = 0;                              ///< workers; 0 = one per core
  std::uint64_t hostCacheBytes = 512ull << 20;  ///< decoded chunks in host memory
  std::uint64_t storedBytes = 64ull << 20;      ///< chunks as stored: read, and not decoded yet
  /// Workers yield to the thread that draws, which needs the same cores on a software device: a picture that lacks a
  /// brick for a moment is better than a window that stutters. 0 = the priority of the thread that makes the loader.
  int niceness = 10;
  int maxFinished = 64;  ///< finished bricks and those in the making; workers pause beyond

  bool operator==(const LoaderSettings&) const = default;
};

/// The most memory that a loader with so many workers takes, with chunks of `chunkBytes`, decoded, and bricks of
/// `brickBytes` (padded: 78 KiB of 16 bit, 154 KiB of float). Not included, for each worker: what is between the
/// filters of a chunk (2 decoded chunks), and a brick's list of chunks (56 bytes each; up to 512 times as many for
/// peaks, kMostPeakChunks at most, with two planes of a chunk and what the brick takes of them). Nor are the source's
/// own tables.
std::uint64_t boundLoaderBytes(const LoaderSettings& settings, int workers, std::uint64_t chunkBytes,
                               std::uint64_t brickBytes);

/// Figures since the loader started, and of this moment.
struct LoaderStats {
  std::uint64_t bytesRead = 0;     ///< from the source, as stored
  std::uint64_t bytesDecoded = 0;  ///< of chunks, after decoding
  std::uint64_t chunksDecoded = 0;
  std::uint64_t chunkHits = 0;       ///< chunks found decoded in the host cache
  std::uint64_t bricksFinished = 0;  ///< with voxels
  std::uint64_t bricksFailed = 0;
  std::uint64_t bricksAhead = 0;     ///< of those finished, the ones made for the prefetch list
  std::uint64_t bricksDropped = 0;   ///< begun, and given up because nobody wanted them any more
  std::uint64_t readCalls = 0;       ///< each one or many chunks
  std::uint64_t hostCacheBytes = 0;  ///< decoded chunks: held, in the making, in use; and memory kept for them
  std::uint64_t hostCachePeakBytes = 0;
  std::uint64_t storedBytes = 0;  ///< as stored: read, and not decoded yet
  std::uint64_t storedPeakBytes = 0;
  std::uint64_t chunkAllocations = 0;  ///< of memory for decoded chunks; stands still once the host cache is full
  std::uint64_t brickPeakBytes = 0;    ///< bricks finished or in the making, at most so far
  int threads = 0;                     ///< workers
  std::size_t queued = 0;              ///< requests that no worker has looked at yet; zero once all are begun
  std::size_t queuedAhead = 0;         ///< the same for the prefetch list
  std::size_t inFlight = 0;            ///< being read or decoded
  std::size_t finished = 0;            ///< waiting to be taken
  std::size_t spare = 0;               ///< memory of bricks, kept for use
};

/// A pool of threads that turns requests for bricks into voxels: chunk -> decoded chunk -> brick with border.
///
/// Requests are replaced, not queued: each call of replaceRequests() drops what has not begun, and what has begun is
/// given up between two chunks if it is in neither list any more. A brick that is being made, or waits to be taken, or
/// was taken since the last replaceRequests(), is not made a second time. A chunk is read and decoded once, however
/// many bricks want it at the same time. One thread (the render thread) calls the public functions; the workers see
/// only the source. Invariant: every brick that was begun is either dropped, and may be asked for anew, or delivered
/// exactly once, with voxels or with an error.
class Loader {
 public:
  Loader(Source& source, const LoaderSettings& settings);
  /// Stops: begins nothing more, waits for the chunks that are being read or decoded, drops the rest.
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// Replaces all requests; the first of `ranked` is begun first. Bricks of `ahead`, the prefetch list, are begun only
  /// while nothing of `ranked` is queued, by half of the workers at most, and give way between two chunks. A brick may
  /// be in both lists; duplicates are ignored. Costs a copy of them; nobody waits for it.
  void replaceRequests(std::span<const BrickKey> ranked, std::span<const BrickKey> ahead = {});

  /// Takes at most `maxBricks` finished bricks, in the order in which they were finished. Never waits.
  FrameVector<LoadedBrick> takeFinished(std::size_t maxBricks);

  /// Takes back the memory of a brick's voxels, for bricks to come. Not giving it back costs only time.
  void reuse(std::vector<std::byte> voxels);

  /// Waits until a finished brick can be taken, or `timeout` has passed; true if there is one. For drawing
  /// without a window; a window never calls this.
  bool waitForFinished(std::chrono::milliseconds timeout);

  /// Changes the number of workers, 0 = one per core. Does not wait: surplus workers give back their brick between two
  /// chunks.
  void setThreads(int threads);

  /// Forgets all decoded chunks, but keeps the memory for others.
  void dropChunks();

  /// Changes how much is kept; what exceeds it is dropped at once.
  void setBudgets(std::uint64_t hostCacheBytes, std::uint64_t storedBytes);

  LoaderStats stats() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace volary
