#include "streaming/loader.h"

#include "base/error.h"
#include "streaming/brick_assembly.h"
#include "streaming/brick_statistics.h"
#include "streaming/chunk_cache.h"
#include "streaming/failure.h"
#include "streaming/request_queue.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <span>
#include <stop_token>
#include <thread>
#include <utility>

#include <sys/resource.h>

namespace volary {

namespace {

/// On Linux a thread has a niceness of its own. A failure changes nothing.
void setThreadNiceness(int niceness) {
  if (niceness != 0) setpriority(PRIO_PROCESS, 0, niceness);
}

unsigned countWorkers(int threads) {
  return threads > 0 ? static_cast<unsigned>(threads) : std::max(1u, std::thread::hardware_concurrency());
}

/// How long a worker waits for a chunk that another one is making before it makes another brick. Most chunks are there
/// sooner; a read that hangs (a file server that is gone) holds up the bricks that need it, not the workers.
constexpr std::chrono::milliseconds kPatience(20);

/// What one worker keeps from brick to brick.
struct Scratch {
  ChunkScratch chunks;
  std::vector<ChunkKey> keys;
};

/// A brick that chunks are copied into as they come.
template <typename GivenUp>
class BrickFiller final : public ChunkUser {
 public:
  BrickFiller(const BrickKey& key, const ImagePyramid& pyramid, std::span<const ChunkKey> chunks, GivenUp givenUp)
      : key_(key), pyramid_(pyramid), chunks_(chunks), givenUp_(givenUp), padded_(paddedBrickBytes(pyramid.voxelType)) {}

  void use(std::size_t index, const DecodedChunk& chunk) override {
    copyChunk(level(), pyramid_.voxelType, chunks_[index].chunk, chunk.voxels(), key_.brick, padded_);
  }
  bool givesUp() override { return givenUp_(); }

  std::vector<std::byte> finish() {
    repeatEdges(level(), pyramid_.voxelType, key_.brick, padded_);
    return std::move(padded_);
  }

 private:
  const LevelInfo& level() const { return pyramid_.levels[static_cast<std::size_t>(key_.level)]; }

  const BrickKey& key_;
  const ImagePyramid& pyramid_;
  std::span<const ChunkKey> chunks_;
  GivenUp givenUp_;
  std::vector<std::byte> padded_;
};

/// Makes one brick. Nothing if `givenUp()` says so between two chunks, and it is not asked again; nor if `postpone()` was
/// called because a chunk does not come. Throws Error if a chunk can't be read.
template <typename GivenUp, typename Postpone>
std::optional<std::vector<std::byte>> makeBrick(Source& source, ChunkCache& chunks, const BrickKey& key, Scratch& scratch,
                                                GivenUp givenUp, Postpone postpone) {
  const ImagePyramid& pyramid = source.pyramid(key.image);
  const ChunkRange range = chunksOfBrick(pyramid.levels[static_cast<std::size_t>(key.level)], key.brick);
  scratch.keys.clear();
  i64vec3 c;
  for (c.z = range.begin.z; c.z < range.end.z; ++c.z)
    for (c.y = range.begin.y; c.y < range.end.y; ++c.y)
      for (c.x = range.begin.x; c.x < range.end.x; ++c.x)
        scratch.keys.push_back({.image = key.image, .level = key.level, .chunk = c});

  BrickFiller<GivenUp> filler(key, pyramid, scratch.keys, givenUp);
  switch (chunks.serve(scratch.keys, pyramid, kPatience, scratch.chunks, filler)) {
    case Served::all: return filler.finish();
    case Served::notYet: postpone(); break;
    case Served::givenUp: break;
  }
  return std::nullopt;
}

}  // namespace

struct Loader::State {
  State(Source& source_, const LoaderSettings& settings)
      : source(source_),
        chunks(source_, {.decodedBytes = settings.hostCacheBytes, .storedBytes = settings.storedBytes}),
        requests(static_cast<std::size_t>(std::max(1, settings.maxFinished)), 1),
        niceness(settings.niceness) {}

  void work(const std::stop_token& stop);

  Source& source;
  ChunkCache chunks;
  RequestQueue requests;
  const int niceness;
  std::atomic<std::uint64_t> brickBytes = 0;   ///< of the largest brick so far
  /// Joined ahead of all that they use.
  std::vector<std::jthread> retired;   ///< told to stop
  std::vector<std::jthread> workers;
};

/// The worker loop. Ends when stopped; lets nothing escape.
void Loader::State::work(const std::stop_token& stop) {
  setThreadNiceness(niceness);
  Scratch scratch;
  while (std::optional<BrickTicket> ticket = requests.begin(stop)) {
    LoadedBrick brick{.key = ticket->key, .voxels = {}, .statistics = {}, .error = {}};
    try {
      const auto givenUp = [&] {
        if (!stop.stop_requested()) return requests.dropIfStale(*ticket);
        requests.giveBack(*ticket);
        return true;
      };
      const auto postpone = [&] { requests.postpone(*ticket); };
      std::optional<std::vector<std::byte>> voxels = makeBrick(source, chunks, brick.key, scratch, givenUp, postpone);
      if (!voxels) continue;
      brick.voxels = std::move(*voxels);
      const ImagePyramid& pyramid = source.pyramid(brick.key.image);
      brick.statistics = measureBrick(pyramid.levels[static_cast<std::size_t>(brick.key.level)], pyramid.voxelType,
                                      brick.key.brick, brick.voxels);
      brickBytes.store(std::max<std::uint64_t>(brickBytes.load(), brick.voxels.size()));
    } catch (...) {
      brick.error = describeFailure(
          source, fmt::format("{}, brick {}, {}, {}", describeLevel(source, brick.key.image, brick.key.level),
                              brick.key.brick.x, brick.key.brick.y, brick.key.brick.z));
    }
    requests.finish(*ticket, std::move(brick));
  }
}

Loader::Loader(Source& source, const LoaderSettings& settings) : state_(std::make_unique<State>(source, settings)) {
  setThreads(settings.threads);
}

Loader::~Loader() {
  // All are told before the first is waited for.
  for (std::jthread& worker : state_->workers) worker.request_stop();
}

void Loader::setThreads(int threads) {
  std::vector<std::jthread>& workers = state_->workers;
  const unsigned count = countWorkers(threads);
  state_->requests.setMaxAhead(std::max(1u, count / 2));
  while (workers.size() > count) {
    workers.back().request_stop();
    state_->retired.push_back(std::move(workers.back()));
    workers.pop_back();
  }
  while (workers.size() < count)
    workers.emplace_back([state = state_.get()](const std::stop_token& stop) { state->work(stop); });
}

void Loader::dropChunks() { state_->chunks.dropAll(); }

void Loader::setBudgets(std::uint64_t hostCacheBytes, std::uint64_t storedBytes) {
  state_->chunks.setBudgets({.decodedBytes = hostCacheBytes, .storedBytes = storedBytes});
}

void Loader::replaceRequests(std::vector<BrickKey> ranked, std::vector<BrickKey> ahead) {
  state_->requests.replace(std::move(ranked), std::move(ahead));
}

std::vector<LoadedBrick> Loader::takeFinished(std::size_t maxBricks) { return state_->requests.take(maxBricks); }

bool Loader::waitForFinished(std::chrono::milliseconds timeout) { return state_->requests.waitForFinished(timeout); }

LoaderStats Loader::stats() const {
  const ChunkCacheStats chunks = state_->chunks.stats();
  const RequestCounts requests = state_->requests.counts();
  return {.bytesRead = chunks.bytesRead,
          .bytesDecoded = chunks.bytesDecoded,
          .chunksDecoded = chunks.chunksDecoded,
          .chunkHits = chunks.hits,
          .bricksFinished = requests.finished,
          .bricksFailed = requests.failed,
          .bricksAhead = requests.finishedAhead,
          .bricksDropped = requests.dropped,
          .readCalls = chunks.readCalls,
          .hostCacheBytes = chunks.decodedBytes,
          .hostCachePeakBytes = chunks.decodedPeakBytes,
          .storedBytes = chunks.storedBytes,
          .storedPeakBytes = chunks.storedPeakBytes,
          .chunkAllocations = chunks.allocations,
          .brickPeakBytes = requests.mostOpen * state_->brickBytes.load(),
          .threads = static_cast<int>(state_->workers.size()),
          .queued = requests.queued,
          .queuedAhead = requests.queuedAhead,
          .inFlight = requests.inFlight,
          .finished = requests.waiting};
}

}  // namespace volary
