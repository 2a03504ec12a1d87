#include "streaming/chunk_cache.h"

#include "base/error.h"
#include "base/short_lock.h"
#include "pyramid/growing_pyramids.h"
#include "streaming/failure.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

namespace volary {

namespace {

// What an entry costs beside its voxels (list node, hash node, block header), so that millions of chunks that are not
// stored count as well.
constexpr std::int64_t kEntryBytes = 256;

// Decoded chunks are handed to the cache together, to save locks; but soon, since others may be waiting.
constexpr std::size_t kMostUnpublishedBytes = 256 << 10;
constexpr std::size_t kMostUnpublishedChunks = 16;

// Who has not come to the next chunk for so long hangs in a read: even a busy machine is not that slow.
constexpr std::chrono::seconds kHung(1);

// A thread keeps no more memory than this for reading: a huge chunk was perhaps the only one.
constexpr std::size_t kMaxKeptBuffer = 4 << 20;

}  // namespace

std::size_t decodedChunkBytes(const LevelInfo& level, VoxelType type) {
  const glm::vec<3, std::size_t> chunk(level.chunkVoxels);
  return chunk.x * chunk.y * chunk.z * voxelBytes(type);
}

/// Made by the first who waits. Guarded by the cache's mutex_.
struct ChunkInMaking {
  std::condition_variable finished;
  bool done = false;  ///< `chunk`, or the reason why there is none; or neither if its maker gave up
  bool made = false;
  DecodedChunk chunk;
  std::string error;
};

/// Decodes the chunks that were claimed, as the source reads them. Invariant: when it is gone, so are all claims.
class ChunkCache::Maker final : public ChunkSink {
 public:
  Maker(ChunkCache& cache, std::size_t chunkBytes, ChunkScratch& scratch, ChunkUser& user)
      : cache_(cache), chunkBytes_(chunkBytes), scratch_(scratch), user_(user) {
    scratch_.made_.clear();
  }
  ~Maker() override {
    cache_.stored_.giveBack(bufferBytes_);
    if (scratch_.stored_.capacity() > kMaxKeptBuffer) scratch_.stored_ = {};
    const std::unique_lock lock = lockShortly(cache_.mutex_);
    publish();
    cache_.stats_.bytesRead += cost_.bytes;
    cache_.stats_.readCalls += cost_.calls;
    for (std::size_t i = 0; i < scratch_.claimed_.size(); ++i)
      if (scratch_.claimed_[i].entry != cache_.held_.end())
        cache_.forget(scratch_.claimed_[i].entry, i == failed_ ? error_ : std::string());
    scratch_.claimed_.clear();
  }

  void run() {
    try {
      // Asked ahead of the read: what is made by then stays what it is.
      for (std::size_t i = 0; i < scratch_.claimed_.size(); ++i)
        scratch_.claimed_[i].isLasting = !cache_.growing_ || cache_.growing_->isMade(scratch_.claimedKeys_[i]);
      cost_ = cache_.source_.readChunks(scratch_.claimedKeys_, *this);
    } catch (...) {
      noteFailure(scratch_.made_.empty() ? 0 : scratch_.made_.back());
    }
  }
  bool gaveUp() const { return gaveUp_; }
  const std::string& error() const { return error_; }

  /// A read may hang: what is there by now must not hang with it.
  void begin(std::size_t i) override {
    if (!scratch_.made_.empty()) {
      const std::unique_lock lock = lockShortly(cache_.mutex_);
      publish();
    }
    scratch_.readBegun_[i].store(true, std::memory_order_relaxed);
  }

  std::span<std::byte> buffer(std::size_t size) override {
    cache_.stored_.giveBack(std::exchange(bufferBytes_, 0));
    cache_.stored_.take(size);
    bufferBytes_ = size;
    if (scratch_.stored_.size() < size) scratch_.stored_.resize(size);
    return scratch_.stored_;
  }

  Next take(std::size_t i, const RawView& raw) override {
    if (user_.givesUp()) {
      gaveUp_ = true;
      return Next::stop;
    }
    ChunkScratch::Claimed& claimed = scratch_.claimed_[i];
    try {
      if (raw.stored)
        cache_.source_.decodeChunk(scratch_.claimedKeys_[i], raw, ChunkMemory::writable(claimed.chunk),
                                   scratch_.decode_);
      else
        claimed.chunk = {};
    } catch (...) {
      noteFailure(i);
      return Next::stop;
    }
    user_.use(claimed.index, claimed.chunk);
    scratch_.lastProgress_.store(std::chrono::steady_clock::now(), std::memory_order_relaxed);
    scratch_.made_.push_back(i);
    if (scratch_.made_.size() >=
        std::clamp<std::size_t>(kMostUnpublishedBytes / chunkBytes_, 1, kMostUnpublishedChunks)) {
      const std::unique_lock lock = lockShortly(cache_.mutex_);
      publish();
    }
    return Next::goOn;
  }

  Next fail(std::size_t i, std::exception_ptr failure) override {
    try {
      std::rethrow_exception(failure);
    } catch (...) {
      noteFailure(i);
    }
    return Next::stop;
  }

 private:
  /// Within a handler of the failure.
  void noteFailure(std::size_t i) {
    const ChunkKey& key = scratch_.claimedKeys_[i];
    failed_ = i;
    error_ = describeFailure(cache_.source_,
                             fmt::format("{}, chunk {}, {}, {}", describeLevel(cache_.source_, key.image, key.level),
                                         key.chunk.x, key.chunk.y, key.chunk.z));
  }

  /// Under the lock.
  void publish() {
    for (const std::size_t i : scratch_.made_) {
      ChunkScratch::Claimed& claimed = scratch_.claimed_[i];
      cache_.stats_.bytesDecoded += claimed.chunk ? chunkBytes_ : 0;
      cache_.stats_.chunksDecoded += claimed.chunk ? 1 : 0;
      const Entries::iterator entry = std::exchange(claimed.entry, cache_.held_.end());
      if (entry == cache_.held_.end()) continue;
      if (claimed.isLasting) {
        cache_.hold(entry, std::move(claimed.chunk));
      } else {
        cache_.passOn(entry, claimed.chunk);
        cache_.forget(entry, {});
      }
    }
    scratch_.made_.clear();
  }

  ChunkCache& cache_;
  const std::size_t chunkBytes_;
  ChunkScratch& scratch_;
  ChunkUser& user_;
  ReadCost cost_;
  std::uint64_t bufferBytes_ = 0;
  bool gaveUp_ = false;
  std::size_t failed_ = 0;
  std::string error_;
};

ChunkCache::ChunkCache(Source& source, const ChunkBudgets& budgets)
    : source_(source), growing_(source.growing()), stored_(budgets.storedBytes), memory_(budgets.decodedBytes) {}

Served ChunkCache::serve(std::span<const ChunkKey> keys, const ImagePyramid& pyramid,
                         std::chrono::milliseconds patience, ChunkScratch& scratch, ChunkUser& user,
                         std::span<ChunkWait> waits) {
  if (keys.empty()) return Served::all;
  if (waits.empty()) {
    scratch.waits_.assign(keys.size(), nullptr);
    waits = scratch.waits_;
  }
  const Request request{keys, waits};
  const std::size_t chunkBytes = decodedChunkBytes(pyramid.levels[keys.front().level], pyramid.voxelType);
  const std::size_t batch = std::clamp<std::size_t>(kMaxBatchBytes / chunkBytes, 1, kMaxBatchChunks);
  scratch.busy_.clear();
  for (std::size_t begin = 0; begin < keys.size(); begin += batch)
    if (!serveBatch(request, begin, std::min(begin + batch, keys.size()), pyramid, scratch, user))
      return Served::givenUp;

  // What another thread was making comes last: by now it is often there, and nobody has waited. Whoever waits has
  // claimed nothing, so that no two can wait for each other.
  for (std::size_t i = 0; i < scratch.busy_.size(); ++i) {
    const std::size_t index = scratch.busy_[i];
    if (user.givesUp()) return Served::givenUp;
    DecodedChunk chunk;
    const Found found = waitFor(keys[index], patience, waits[index], chunk);
    if (found == Found::notYet) return Served::notYet;
    if (found == Found::chunk)
      user.use(index, chunk);
    else if (!serveBatch(request, index, index + 1, pyramid, scratch, user))
      return Served::givenUp;
  }
  return Served::all;
}

bool ChunkCache::serveBatch(const Request& request, std::size_t begin, std::size_t end, const ImagePyramid& pyramid,
                            ChunkScratch& scratch, ChunkUser& user) {
  const std::size_t chunkBytes = decodedChunkBytes(pyramid.levels[request.keys[begin].level], pyramid.voxelType);
  if (user.givesUp()) return false;
  claim(request, begin, end, chunkBytes, scratch);
  std::string error;
  {
    Maker maker(*this, chunkBytes, scratch, user);
    for (const ChunkScratch::Hit& hit : scratch.hits_) user.use(hit.index, hit.chunk);
    scratch.hits_.clear();
    if (!scratch.claimed_.empty()) maker.run();
    if (maker.gaveUp()) return false;
    error = maker.error();
  }
  if (!error.empty()) throw Error(error);
  return true;
}

/// Sorts the keys into held, busy elsewhere, and to be made here, under one lock.
void ChunkCache::claim(const Request& request, std::size_t begin, std::size_t end, std::size_t chunkBytes,
                       ChunkScratch& scratch) {
  scratch.claimed_.clear();
  scratch.claimedKeys_.clear();
  scratch.hits_.clear();
  const std::unique_lock lock = lockShortly(mutex_);
  scratch.lastProgress_.store(std::chrono::steady_clock::now(), std::memory_order_relaxed);
  try {
    for (std::size_t i = begin; i < end; ++i) {
      // Who is in line already asks there.
      if (request.waits[i]) {
        scratch.busy_.push_back(i);
        continue;
      }
      const ChunkKey& key = request.keys[i];
      const auto found = entryOf_.find(key);
      if (found == entryOf_.end()) {
        scratch.claimedKeys_.push_back(key);
        making_.push_front({.key = key, .maker = &scratch, .claim = scratch.claimed_.size()});
        entryOf_.emplace(key, making_.begin());
        scratch.claimed_.push_back({.index = i, .entry = making_.begin(), .chunk = {}});
        memory_.charge(kEntryBytes);
        scratch.readBegun_[scratch.claimed_.size() - 1].store(false, std::memory_order_relaxed);
        scratch.claimed_.back().chunk = takeMemory(chunkBytes);
      } else if (found->second->isHeld) {
        found->second->isUsed = true;
        scratch.hits_.push_back({.index = i, .chunk = found->second->chunk});
        ++stats_.hits;
      } else {
        if (!found->second->waiting) found->second->waiting = std::make_shared<ChunkInMaking>();
        request.waits[i] = found->second->waiting;
        scratch.busy_.push_back(i);
      }
    }
  } catch (...) {
    for (const ChunkScratch::Claimed& claimed : scratch.claimed_) forget(claimed.entry, {});
    scratch.claimed_.clear();
    scratch.hits_.clear();
    throw;
  }
}

/// Under the lock: memory for one more chunk, for which old ones leave.
DecodedChunk ChunkCache::takeMemory(std::size_t bytes) {
  while (!memory_.hasRoom(bytes) && !held_.empty()) dropOldest();
  return memory_.take(bytes);
}

/// Waits in line for another thread to make the chunk. Nothing = it does not, and the line is gone: look again. Throws
/// its Error.
ChunkCache::Found ChunkCache::waitFor(const ChunkKey& key, std::chrono::milliseconds patience, ChunkWait& wait,
                                      DecodedChunk& chunk) {
  std::unique_lock lock = lockShortly(mutex_);
  // While it is not done the entry is in the making.
  const bool done =
      patience.count() > 0 ? wait->finished.wait_for(lock, patience, [&] { return wait->done; }) : wait->done;
  if (!done && !takeFromHung(entryOf_.find(key)->second)) return Found::notYet;
  const ChunkWait ended = std::exchange(wait, nullptr);
  if (!ended->error.empty()) throw Error(ended->error);
  if (!ended->made) return Found::nothing;
  ++stats_.hits;
  chunk = ended->chunk;
  return Found::chunk;
}

/// Under the lock: if the maker hangs and has not begun to read this chunk, it is not the maker any more.
bool ChunkCache::takeFromHung(Entries::iterator entry) {
  ChunkScratch& maker = *entry->maker;
  const auto idle = std::chrono::steady_clock::now() - maker.lastProgress_.load(std::memory_order_relaxed);
  if (idle < kHung || maker.readBegun_[entry->claim].load(std::memory_order_relaxed)) return false;
  maker.claimed_[entry->claim].entry = held_.end();
  forget(entry, {});
  return true;
}

/// Under the lock: gives what was in the making to those who wait for it.
void ChunkCache::passOn(Entries::iterator entry, const DecodedChunk& chunk) {
  if (const ChunkWait waiting = std::move(entry->waiting)) {
    waiting->chunk = chunk;
    waiting->made = waiting->done = true;
    waiting->finished.notify_all();
  }
}

/// Under the lock: what was in the making is there.
void ChunkCache::hold(Entries::iterator entry, DecodedChunk chunk) {
  passOn(entry, chunk);
  entry->chunk = std::move(chunk);
  entry->isHeld = true;
  entry->maker = nullptr;
  held_.splice(held_.begin(), making_, entry);
  while (!memory_.hasRoom(0) && !held_.empty()) dropOldest();
}

/// Under the lock: what was in the making does not come. No error = its maker gave up, others may try.
void ChunkCache::forget(Entries::iterator entry, const std::string& error) {
  if (entry->waiting) {
    entry->waiting->error = error;
    entry->waiting->done = true;
    entry->waiting->finished.notify_all();
  }
  entryOf_.erase(entry->key);
  making_.erase(entry);
  memory_.charge(-kEntryBytes);
}

/// Under the lock. Marking what is used and looking at the marks here touches one node a hit; moving it to the front
/// would touch five.
void ChunkCache::dropOldest() {
  while (std::exchange(held_.back().isUsed, false)) held_.splice(held_.begin(), held_, std::prev(held_.end()));
  entryOf_.erase(held_.back().key);
  held_.pop_back();
  memory_.charge(-kEntryBytes);
}

void ChunkCache::dropAll() {
  const std::lock_guard lock(mutex_);
  for (Entry& entry : held_) entry.isUsed = false;
  while (!held_.empty()) dropOldest();
}

void ChunkCache::setBudgets(const ChunkBudgets& budgets) {
  stored_.setBudget(budgets.storedBytes);
  const std::lock_guard lock(mutex_);
  memory_.setBudget(budgets.decodedBytes);
  while (!memory_.hasRoom(0) && !held_.empty()) dropOldest();
}

ChunkCacheStats ChunkCache::stats() const {
  const std::lock_guard lock(mutex_);
  ChunkCacheStats stats = stats_;
  stats.decodedBytes = memory_.totalBytes();
  stats.decodedPeakBytes = memory_.peakBytes();
  stats.allocations = memory_.allocations();
  stats.storedBytes = stored_.takenBytes();
  stats.storedPeakBytes = stored_.peakBytes();
  return stats;
}

}  // namespace volary
