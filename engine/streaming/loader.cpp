#include "streaming/loader.h"

#include "base/error.h"
#include "streaming/brick_assembly.h"
#include "streaming/chunk_cache.h"
#include "streaming/failure.h"
#include "streaming/request_queue.h"

#include <algorithm>
#include <chrono>
#include <optional>
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

/// What one worker keeps from brick to brick.
struct Scratch {
  DecodeScratch decode;
  std::vector<i64vec3> busyChunks;
};

/// How long a worker waits for a chunk that another one is making before it makes another brick. Most chunks are there
/// sooner; a read that hangs (a file server that is gone) holds up the bricks that need it, not the workers.
constexpr std::chrono::milliseconds kPatience(20);

/// Makes one brick. Nothing if `givenUp()` says so between two chunks, or `postpone()` was called because a chunk does not
/// come. Throws Error if a chunk can't be read.
template <typename GivenUp, typename Postpone>
std::optional<std::vector<std::byte>> makeBrick(Source& source, ChunkCache& chunks, const BrickKey& key, Scratch& scratch,
                                                GivenUp&& givenUp, Postpone&& postpone) {
  const ImagePyramid& pyramid = source.pyramid(key.image);
  const LevelInfo& level = pyramid.levels[key.level];
  std::vector<std::byte> padded(paddedBrickBytes(pyramid.voxelType));
  const auto copy = [&](const i64vec3& chunk, const DecodedChunk& voxels) {
    copyChunk(level, pyramid.voxelType, chunk, voxels.get(), key.brick, padded);
  };

  // What another worker is making comes last: by then it is often there, and nobody has waited.
  scratch.busyChunks.clear();
  const ChunkRange range = chunksOfBrick(level, key.brick);
  i64vec3 c;
  for (c.z = range.begin.z; c.z < range.end.z; ++c.z)
    for (c.y = range.begin.y; c.y < range.end.y; ++c.y)
      for (c.x = range.begin.x; c.x < range.end.x; ++c.x) {
        if (givenUp()) return std::nullopt;
        const ChunkKey chunk{.image = key.image, .level = key.level, .chunk = c};
        if (const auto voxels = chunks.getUnlessBusy(chunk, pyramid, scratch.decode))
          copy(c, *voxels);
        else
          scratch.busyChunks.push_back(c);
      }
  for (const i64vec3& busy : scratch.busyChunks) {
    if (givenUp()) return std::nullopt;
    const ChunkKey chunk{.image = key.image, .level = key.level, .chunk = busy};
    const auto voxels = chunks.getWithin(kPatience, chunk, pyramid, scratch.decode);
    if (!voxels) {
      postpone();
      return std::nullopt;
    }
    copy(busy, *voxels);
  }

  repeatEdges(level, pyramid.voxelType, key.brick, padded);
  return padded;
}

}  // namespace

struct Loader::State {
  State(Source& source_, const LoaderSettings& settings, unsigned threads)
      : source(source_),
        chunks(source_, settings.hostCacheBytes),
        requests(static_cast<std::size_t>(std::max(1, settings.maxFinished)), std::max(1u, threads / 2)),
        niceness(settings.niceness) {}

  void work(const std::stop_token& stop);

  Source& source;
  ChunkCache chunks;
  RequestQueue requests;
  const int niceness;
  std::vector<std::jthread> workers;  ///< last, so that they are joined before anything else goes
};

/// The worker loop. Ends when stopped; lets nothing escape.
void Loader::State::work(const std::stop_token& stop) {
  setThreadNiceness(niceness);
  Scratch scratch;
  while (std::optional<BrickTicket> ticket = requests.begin(stop)) {
    LoadedBrick brick{.key = ticket->key, .voxels = {}, .error = {}};
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
    } catch (...) {
      brick.error = describeFailure(
          source, fmt::format("{}, brick {}, {}, {}", describeLevel(source, brick.key.image, brick.key.level),
                              brick.key.brick.x, brick.key.brick.y, brick.key.brick.z));
    }
    requests.finish(*ticket, std::move(brick));
  }
}

Loader::Loader(Source& source, const LoaderSettings& settings) {
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  const unsigned threads = settings.threads > 0 ? static_cast<unsigned>(settings.threads) : cores;
  state_ = std::make_unique<State>(source, settings, threads);
  for (unsigned i = 0; i < threads; ++i)
    state_->workers.emplace_back([state = state_.get()](const std::stop_token& stop) { state->work(stop); });
}

Loader::~Loader() {
  // All are told before the first is waited for.
  for (std::jthread& worker : state_->workers) worker.request_stop();
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
          .hostCacheBytes = chunks.heldBytes,
          .queued = requests.queued,
          .queuedAhead = requests.queuedAhead,
          .inFlight = requests.inFlight,
          .finished = requests.waiting};
}

}  // namespace volary
