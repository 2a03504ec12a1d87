#include "streaming/loader.h"

#include "base/error.h"
#include "streaming/brick_assembly.h"
#include "streaming/chunk_cache.h"
#include "streaming/failure.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <unordered_set>
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

/// Makes one brick. Nothing if `stop` was requested meanwhile. Throws Error if a chunk can't be read.
std::optional<std::vector<std::byte>> makeBrick(Source& source, ChunkCache& chunks, const BrickKey& key,
                                                Scratch& scratch, const std::stop_token& stop) {
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
        if (stop.stop_requested()) return std::nullopt;
        const ChunkKey chunk{.image = key.image, .level = key.level, .chunk = c};
        if (const auto voxels = chunks.getUnlessBusy(chunk, pyramid, scratch.decode))
          copy(c, *voxels);
        else
          scratch.busyChunks.push_back(c);
      }
  for (const i64vec3& busy : scratch.busyChunks) {
    if (stop.stop_requested()) return std::nullopt;
    copy(busy, chunks.get({.image = key.image, .level = key.level, .chunk = busy}, pyramid, scratch.decode));
  }

  repeatEdges(level, pyramid.voxelType, key.brick, padded);
  return padded;
}

}  // namespace

struct Loader::State {
  State(Source& source_, const LoaderSettings& settings)
      : source(source_),
        chunks(source_, settings.hostCacheBytes),
        niceness(settings.niceness),
        maxFinished(static_cast<std::size_t>(std::max(1, settings.maxFinished))) {}

  void work(const std::stop_token& stop);
  std::optional<BrickKey> waitForRequest(const std::stop_token& stop);
  void finish(LoadedBrick brick);

  Source& source;
  ChunkCache chunks;
  const int niceness;
  const std::size_t maxFinished;

  mutable std::mutex mutex;  ///< guards all that follows
  std::condition_variable_any mayBegin;
  std::condition_variable hasFinished;
  std::vector<BrickKey> ranked;
  std::size_t next = 0;  ///< of `ranked`
  /// Bricks that must not be begun: in flight, waiting to be taken, or taken since the requests were last
  /// replaced (whoever asked didn't know of these yet).
  std::unordered_set<BrickKey> begun;
  std::vector<BrickKey> taken;  ///< those of the third kind
  std::size_t inFlight = 0;
  std::deque<LoadedBrick> finished;
  std::uint64_t bricksFinished = 0;
  std::uint64_t bricksFailed = 0;

  std::vector<std::jthread> workers;  ///< last, so that they are joined before anything else goes
};

/// The worker loop. Ends when stopped; lets nothing escape.
void Loader::State::work(const std::stop_token& stop) {
  setThreadNiceness(niceness);
  Scratch scratch;
  while (const std::optional<BrickKey> key = waitForRequest(stop)) {
    LoadedBrick brick{.key = *key, .voxels = {}, .error = {}};
    try {
      std::optional<std::vector<std::byte>> voxels = makeBrick(source, chunks, *key, scratch, stop);
      if (!voxels) return;
      brick.voxels = std::move(*voxels);
    } catch (...) {
      brick.error = describeFailure(
          source, fmt::format("{}, brick {}, {}, {}", describeLevel(source, key->image, key->level),
                              key->brick.x, key->brick.y, key->brick.z));
    }
    finish(std::move(brick));
  }
}

/// The next brick to make; nothing when stopped.
std::optional<BrickKey> Loader::State::waitForRequest(const std::stop_token& stop) {
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    while (next < ranked.size() && finished.size() + inFlight < maxFinished) {
      const BrickKey& key = ranked[next++];
      if (!begun.insert(key).second) continue;
      ++inFlight;
      return key;
    }
    // One wake a change suffices: each way to make progress possible notifies.
    mayBegin.wait(lock, stop,
                  [&] { return next < ranked.size() && finished.size() + inFlight < maxFinished; });
  }
  return std::nullopt;
}

void Loader::State::finish(LoadedBrick brick) {
  {
    const std::lock_guard lock(mutex);
    --inFlight;
    ++(brick.error.empty() ? bricksFinished : bricksFailed);
    finished.push_back(std::move(brick));
  }
  hasFinished.notify_one();
}

Loader::Loader(Source& source, const LoaderSettings& settings)
    : state_(std::make_unique<State>(source, settings)) {
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  const unsigned threads = settings.threads > 0 ? static_cast<unsigned>(settings.threads) : cores;
  for (unsigned i = 0; i < threads; ++i)
    state_->workers.emplace_back([state = state_.get()](const std::stop_token& stop) { state->work(stop); });
}

Loader::~Loader() {
  // All are told before the first is waited for.
  for (std::jthread& worker : state_->workers) worker.request_stop();
}

void Loader::replaceRequests(std::vector<BrickKey> ranked) {
  {
    const std::lock_guard lock(state_->mutex);
    std::swap(state_->ranked, ranked);  // the old list is freed after the lock is
    state_->next = 0;
    for (const BrickKey& key : state_->taken) state_->begun.erase(key);
    state_->taken.clear();
  }
  state_->mayBegin.notify_all();
}

std::vector<LoadedBrick> Loader::takeFinished(std::size_t maxBricks) {
  std::vector<LoadedBrick> bricks;
  {
    const std::lock_guard lock(state_->mutex);
    const auto count = static_cast<std::ptrdiff_t>(std::min(maxBricks, state_->finished.size()));
    const auto begin = state_->finished.begin();
    bricks.assign(std::move_iterator(begin), std::move_iterator(begin + count));
    state_->finished.erase(begin, begin + count);
    for (const LoadedBrick& brick : bricks) state_->taken.push_back(brick.key);
  }
  if (!bricks.empty()) state_->mayBegin.notify_all();
  return bricks;
}

bool Loader::waitForFinished(std::chrono::milliseconds timeout) {
  std::unique_lock lock(state_->mutex);
  return state_->hasFinished.wait_for(lock, timeout, [this] { return !state_->finished.empty(); });
}

LoaderStats Loader::stats() const {
  const ChunkCacheStats chunks = state_->chunks.stats();
  const std::lock_guard lock(state_->mutex);
  return {.bytesRead = chunks.bytesRead,
          .bytesDecoded = chunks.bytesDecoded,
          .chunksDecoded = chunks.chunksDecoded,
          .chunkHits = chunks.hits,
          .bricksFinished = state_->bricksFinished,
          .bricksFailed = state_->bricksFailed,
          .hostCacheBytes = chunks.heldBytes,
          .queued = state_->ranked.size() - state_->next,
          .inFlight = state_->inFlight,
          .finished = state_->finished.size()};
}

}  // namespace volary
