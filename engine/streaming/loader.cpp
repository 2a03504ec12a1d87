#include "streaming/loader.h"

#include "base/error.h"
#include "base/os/thread.h"
#include "streaming/brick_assembly.h"
#include "streaming/brick_in_work.h"
#include "streaming/chunk_cache.h"
#include "streaming/failure.h"
#include "streaming/request_queue.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

namespace volary {

namespace {

unsigned countWorkers(int threads) {
  return threads > 0 ? static_cast<unsigned>(threads) : std::max(1u, std::thread::hardware_concurrency());
}

/// How long a worker with nothing else to do waits for a chunk that another one is making, before the brick is put off.
/// Most chunks are there sooner; a read that hangs (a file server that is gone) holds up the bricks that need it, not
/// the workers.
constexpr std::chrono::milliseconds kPatience(20);

/// The most bricks that are set aside while other workers make their chunks: other bricks are begun meanwhile. If eight
/// bricks share a chunk of 64^3, all workers but one would wait for each chunk otherwise.
constexpr std::size_t kMostWaiting = 16;

/// Wakes the workers when bytes have come. Outlives the loader: a store may ring it at the last moment.
class Bell {
 public:
  explicit Bell(RequestQueue& requests) : requests_(&requests) {}
  void ring() {
    const std::lock_guard lock(mutex_);
    if (requests_) requests_->lookAgain();
  }
  void remove() {
    const std::lock_guard lock(mutex_);
    requests_ = nullptr;
  }

 private:
  std::mutex mutex_;
  RequestQueue* requests_;
};

}  // namespace

std::uint64_t boundLoaderBytes(const LoaderSettings& settings, int workers, std::uint64_t chunkBytes,
                               std::uint64_t brickBytes) {
  const auto each = static_cast<std::uint64_t>(workers);
  // What a worker decodes at once counts if it is more than hostCacheBytes, and what it has read if that is more than
  // storedBytes.
  const std::uint64_t chunks = each * (std::max<std::uint64_t>(kMaxBatchBytes, chunkBytes) + chunkBytes);
  // Bricks finished or in the making; as many are kept for use.
  const std::uint64_t bricks = 2 * static_cast<std::uint64_t>(std::max(1, settings.maxFinished)) + each;
  return settings.hostCacheBytes + settings.storedBytes + chunks + bricks * brickBytes;
}

struct Loader::State {
  State(Source& source_, const LoaderSettings& settings)
      : source(source_),
        chunks(source_, {.decodedBytes = settings.hostCacheBytes, .storedBytes = settings.storedBytes}),
        maxFinished(static_cast<std::size_t>(std::max(1, settings.maxFinished))),
        requests(maxFinished, 1),
        niceness(settings.niceness),
        bell(std::make_shared<Bell>(requests)),
        arrived(std::make_shared<const ArrivalSignal>([bell_ = bell] { bell_->ring(); })) {}
  ~State() { bell->remove(); }

  void work(const std::stop_token& stop);
  std::unique_ptr<BrickInWork> startBrick(const BrickTicket& ticket);
  std::unique_ptr<BrickInWork> takeWaiting();
  std::unique_ptr<BrickInWork> takeArrived();
  std::size_t setAside(std::unique_ptr<BrickInWork> brick);
  void dropStaleReads(const GivesUp& givesUp);
  bool advance(BrickInWork& brick, std::chrono::milliseconds patience, ChunkScratch& scratch, const GivesUp& givesUp);
  LoadedBrick describeFailed(const BrickKey& key) const;
  std::vector<std::byte> takeSpare();

  Source& source;
  ChunkCache chunks;
  const std::size_t maxFinished;
  RequestQueue requests;
  const int niceness;
  std::atomic<std::uint64_t> brickBytes = 0;  ///< of the largest brick so far
  std::mutex waitingMutex;
  // Guarded by waitingMutex:
  std::deque<std::unique_ptr<BrickInWork>> waiting;   ///< for chunks that other workers make
  std::vector<std::unique_ptr<BrickInWork>> reading;  ///< for bytes of a distant store; no worker waits with them
  std::uint64_t readingGeneration = 0;                ///< of the lists that `reading` was last compared with
  const std::shared_ptr<Bell> bell;
  const std::shared_ptr<const ArrivalSignal> arrived;
  std::mutex spareMutex;
  std::vector<std::vector<std::byte>> spare;  ///< memory for bricks, given back; guarded by spareMutex
  /// Joined before all that they use is destroyed.
  std::vector<std::jthread> retired;  ///< told to stop
  std::vector<std::jthread> workers;
};

/// To be called in a handler: the brick that failed, with the reason.
LoadedBrick Loader::State::describeFailed(const BrickKey& key) const {
  LoadedBrick brick{.key = key};
  brick.error = describeFailure(source, fmt::format("{}, brick {}, {}, {}", describeLevel(source, key.image, key.level),
                                                    key.brick.x, key.brick.y, key.brick.z));
  return brick;
}

std::vector<std::byte> Loader::State::takeSpare() {
  const std::lock_guard lock(spareMutex);
  if (spare.empty()) return {};
  std::vector<std::byte> memory = std::move(spare.back());
  spare.pop_back();
  return memory;
}

/// Null if the brick has failed at once, or its level is gone.
std::unique_ptr<BrickInWork> Loader::State::startBrick(const BrickTicket& ticket) {
  try {
    const ImagePyramid& pyramid = source.pyramid(ticket.key.image);
    if (ticket.key.level < static_cast<int>(pyramid.levels.size()))
      return std::make_unique<BrickInWork>(pyramid, ticket, takeSpare());
    requests.finish(ticket, {.key = ticket.key, .voxels = {}, .cells = {}, .statistics = {}, .error = {}});
    return nullptr;
  } catch (...) {
    requests.finish(ticket, describeFailed(ticket.key));
    return nullptr;
  }
}

/// The brick that waits for longest, or null.
std::unique_ptr<BrickInWork> Loader::State::takeWaiting() {
  const std::lock_guard lock(waitingMutex);
  if (waiting.empty()) return nullptr;
  std::unique_ptr<BrickInWork> brick = std::move(waiting.front());
  waiting.pop_front();
  return brick;
}

/// The most urgent brick whose bytes have come, or null.
std::unique_ptr<BrickInWork> Loader::State::takeArrived() {
  const std::lock_guard lock(waitingMutex);
  auto first = reading.end();
  for (auto brick = reading.begin(); brick != reading.end(); ++brick)
    if (!(*brick)->awaitsBytes() && (first == reading.end() || (*brick)->ticket().rank < (*first)->ticket().rank))
      first = brick;
  if (first == reading.end()) return nullptr;
  std::unique_ptr<BrickInWork> taken = std::move(*first);
  reading.erase(first);
  return taken;
}

/// Returns how many wait for other workers now.
std::size_t Loader::State::setAside(std::unique_ptr<BrickInWork> brick) {
  const std::lock_guard lock(waitingMutex);
  if (brick->awaitsBytes()) {
    // Since this brick was compared with the lists, these may have been replaced, and the other bricks compared with
    // them.
    readingGeneration = std::min(readingGeneration, brick->ticket().generation);
    reading.push_back(std::move(brick));
  } else {
    waiting.push_back(std::move(brick));
  }
  return waiting.size();
}

/// If the lists have been replaced: withdraws reads that nobody wants any more, and gives the others their new rank.
void Loader::State::dropStaleReads(const GivesUp& givesUp) {
  std::vector<std::unique_ptr<BrickInWork>> bricks;
  {
    const std::lock_guard lock(waitingMutex);
    const std::uint64_t generation = requests.generation();
    if (readingGeneration == generation) return;
    readingGeneration = generation;
    bricks.swap(reading);
  }
  std::erase_if(bricks, [&](const auto& brick) { return givesUp(brick->ticket()); });
  for (const auto& brick : bricks) brick->rankReads();
  const std::lock_guard lock(waitingMutex);
  reading.insert(reading.end(), std::move_iterator(bricks.begin()), std::move_iterator(bricks.end()));
}

/// False if chunks are still missing; else the brick is finished, failed or given up, and not the worker's any more.
bool Loader::State::advance(BrickInWork& brick, std::chrono::milliseconds patience, ChunkScratch& scratch,
                            const GivesUp& givesUp) {
  LoadedBrick finished;
  try {
    switch (brick.advance(chunks, patience, scratch, givesUp, arrived)) {
      case Served::notYet: return false;
      case Served::givenUp: return true;
      case Served::all: break;
    }
    finished = brick.finish();
    brickBytes.store(std::max<std::uint64_t>(brickBytes.load(), finished.voxels.size()));
  } catch (...) {
    finished = describeFailed(brick.ticket().key);
  }
  // First: whoever asks for a failed brick again has its chunks read again, and does not find the reads that failed.
  brick.dropReads();
  requests.finish(brick.ticket(), std::move(finished));
  return true;
}

/// The worker loop. Ends when stopped; lets nothing escape. Bricks that are set aside belong to all workers: one that
/// hangs in a read holds up no brick but its own.
void Loader::State::work(const std::stop_token& stop) {
  constexpr std::chrono::milliseconds kNow(0);
  if (niceness != 0) os::beAsNiceAs(niceness);
  ChunkScratch scratch;
  const GivesUp givesUp = [this, &stop](BrickTicket& ticket) {
    if (!stop.stop_requested()) return requests.dropIfStale(ticket);
    requests.giveBack(ticket);
    return true;
  };
  while (!stop.stop_requested()) {
    dropStaleReads(givesUp);
    while (std::unique_ptr<BrickInWork> read = takeArrived())
      if (!advance(*read, kNow, scratch, givesUp)) setAside(std::move(read));

    std::size_t waitingCount = 0;
    std::unique_ptr<BrickInWork> brick = takeWaiting();
    while (brick && advance(*brick, kNow, scratch, givesUp)) brick = takeWaiting();
    if (brick) waitingCount = setAside(std::move(brick));

    std::optional<BrickTicket> ticket;
    if (waitingCount == 0)
      ticket = requests.begin(stop);
    else if (waitingCount < kMostWaiting)
      ticket = requests.tryBegin();
    if (ticket) {
      brick = startBrick(*ticket);
      if (brick && !advance(*brick, kNow, scratch, givesUp)) setAside(std::move(brick));
    } else if (waitingCount > 0 && (brick = takeWaiting())) {
      if (advance(*brick, kPatience, scratch, givesUp)) continue;
      if (brick->awaitsBytes())
        setAside(std::move(brick));
      else
        requests.postpone(brick->ticket());
    }
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

void Loader::replaceRequests(std::span<const BrickKey> ranked, std::span<const BrickKey> ahead) {
  state_->requests.replace(ranked, ahead);
}

FrameVector<LoadedBrick> Loader::takeFinished(std::size_t maxBricks) { return state_->requests.take(maxBricks); }

void Loader::reuse(std::vector<std::byte> voxels) {
  const std::lock_guard lock(state_->spareMutex);
  if (state_->spare.size() < state_->maxFinished) state_->spare.push_back(std::move(voxels));
}

bool Loader::waitForFinished(std::chrono::milliseconds timeout) { return state_->requests.waitForFinished(timeout); }

LoaderStats Loader::stats() const {
  const ChunkCacheStats chunks = state_->chunks.stats();
  const RequestCounts requests = state_->requests.counts();
  const std::lock_guard lock(state_->spareMutex);
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
          .finished = requests.waiting,
          .spare = state_->spare.size()};
}

}  // namespace volary
