#include "streaming/chunk_table.h"

#include "base/error.h"
#include "base/short_lock.h"

#include <iterator>
#include <utility>

namespace volary {

namespace {

// What an entry costs beside its voxels (list node, hash node, block header), so that millions of chunks that are not
// stored count as well.
constexpr std::int64_t kEntryBytes = 256;

// A thread that has not come to its next chunk for this long hangs in a read: even a busy machine is not that slow.
constexpr std::chrono::seconds kHung(1);

}  // namespace

/// Made by the first thread that waits. Guarded by the cache's mutex_.
struct ChunkInMaking {
  std::condition_variable finished;
  bool done = false;  ///< `chunk`, or the reason why there is none; or neither if its maker gave up
  bool made = false;
  DecodedChunk chunk;
  std::string error;
};

void ChunkTable::claim(const ChunkRequest& request, std::size_t begin, std::size_t end, std::size_t chunkBytes,
                       Claims& claims, std::vector<Hit>& hits, std::vector<std::size_t>& busy) {
  claims.claims_.clear();
  claims.keys_.clear();
  claims.chunkBytes_ = chunkBytes;
  hits.clear();
  const std::unique_lock lock = lockShortly(mutex_);
  claims.noteProgress();
  try {
    for (std::size_t i = begin; i < end; ++i) {
      // Those who are in line already ask there.
      if (request.waits[i]) {
        busy.push_back(i);
        continue;
      }
      const ChunkKey& key = request.keys[i];
      const auto found = entryOf_.find(key);
      if (found == entryOf_.end()) {
        claims.keys_.push_back(key);
        making_.push_front({.key = key, .maker = &claims, .claim = claims.claims_.size()});
        entryOf_.emplace(key, making_.begin());
        claims.claims_.push_back({.index = i, .entry = making_.begin(), .chunk = {}});
        memory_.charge(kEntryBytes);
        claims.readBegun_[claims.claims_.size() - 1].store(false, std::memory_order_relaxed);
        claims.claims_.back().chunk = takeMemory(chunkBytes);
      } else if (found->second->isHeld) {
        found->second->isUsed = true;
        hits.push_back({.index = i, .chunk = found->second->chunk});
        ++stats_.hits;
      } else {
        if (!found->second->waiting) found->second->waiting = std::make_shared<ChunkInMaking>();
        request.waits[i] = found->second->waiting;
        busy.push_back(i);
      }
    }
  } catch (...) {
    for (const Claims::Claim& claim : claims.claims_) forget(claim.entry, {});
    claims.claims_.clear();
    hits.clear();
    throw;
  }
}

void ChunkTable::publish(Claims& claims, std::vector<std::size_t>& made) {
  const std::unique_lock lock = lockShortly(mutex_);
  publishLocked(claims, made);
}

void ChunkTable::publishLocked(Claims& claims, std::vector<std::size_t>& made) {
  for (const std::size_t i : made) {
    Claims::Claim& claim = claims.claims_[i];
    stats_.bytesDecoded += claim.chunk ? claims.chunkBytes_ : 0;
    stats_.chunksDecoded += claim.chunk ? 1 : 0;
    const Entries::iterator entry = std::exchange(claim.entry, held_.end());
    if (entry == held_.end()) continue;
    if (claim.isLasting) {
      hold(entry, std::move(claim.chunk));
    } else {
      passOn(entry, claim.chunk);
      forget(entry, {});
    }
  }
  made.clear();
}

void ChunkTable::end(Claims& claims, std::vector<std::size_t>& made, const Ending& ending) {
  const std::unique_lock lock = lockShortly(mutex_);
  publishLocked(claims, made);
  stats_.bytesRead += ending.cost.bytes;
  stats_.readCalls += ending.cost.calls;
  for (std::size_t i = 0; i < claims.claims_.size(); ++i)
    if (claims.claims_[i].entry != held_.end())
      forget(claims.claims_[i].entry, i == ending.failed ? ending.error : std::string());
  claims.claims_.clear();
}

/// Memory for one more chunk; old ones leave to make room.
DecodedChunk ChunkTable::takeMemory(std::size_t bytes) {
  while (!memory_.hasRoom(bytes) && !held_.empty()) dropOldest();
  return memory_.take(bytes);
}

ChunkTable::Found ChunkTable::waitFor(const ChunkKey& key, std::chrono::milliseconds patience, ChunkWait& wait,
                                      DecodedChunk& chunk) {
  std::unique_lock lock = lockShortly(mutex_);
  // As long as it is not done, the entry is in the making.
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

/// Takes the chunk from its maker if that hangs and has not begun to read it.
bool ChunkTable::takeFromHung(Entries::iterator entry) {
  Claims& maker = *entry->maker;
  const auto idle = std::chrono::steady_clock::now() - maker.lastProgress_.load(std::memory_order_relaxed);
  if (idle < kHung || maker.readBegun_[entry->claim].load(std::memory_order_relaxed)) return false;
  maker.claims_[entry->claim].entry = held_.end();
  forget(entry, {});
  return true;
}

/// Gives a chunk that was in the making to those who wait for it.
void ChunkTable::passOn(Entries::iterator entry, const DecodedChunk& chunk) {
  if (const ChunkWait waiting = std::move(entry->waiting)) {
    waiting->chunk = chunk;
    waiting->made = waiting->done = true;
    waiting->finished.notify_all();
  }
}

/// Holds a chunk that was in the making.
void ChunkTable::hold(Entries::iterator entry, DecodedChunk chunk) {
  passOn(entry, chunk);
  entry->chunk = std::move(chunk);
  entry->isHeld = true;
  entry->maker = nullptr;
  held_.splice(held_.begin(), making_, entry);
  while (!memory_.hasRoom(0) && !held_.empty()) dropOldest();
}

/// Ends a chunk in the making that does not come. No error = its maker gave up, others may try.
void ChunkTable::forget(Entries::iterator entry, const std::string& error) {
  if (entry->waiting) {
    entry->waiting->error = error;
    entry->waiting->done = true;
    entry->waiting->finished.notify_all();
  }
  entryOf_.erase(entry->key);
  making_.erase(entry);
  memory_.charge(-kEntryBytes);
}

/// Marking a chunk when it is used, and looking at the marks here, touches one node for each hit; moving it to the
/// front would touch five.
void ChunkTable::dropOldest() {
  while (std::exchange(held_.back().isUsed, false)) held_.splice(held_.begin(), held_, std::prev(held_.end()));
  entryOf_.erase(held_.back().key);
  held_.pop_back();
  memory_.charge(-kEntryBytes);
}

void ChunkTable::dropAll() {
  const std::lock_guard lock(mutex_);
  for (Entry& entry : held_) entry.isUsed = false;
  while (!held_.empty()) dropOldest();
}

void ChunkTable::setBudget(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  memory_.setBudget(bytes);
  while (!memory_.hasRoom(0) && !held_.empty()) dropOldest();
}

ChunkCacheStats ChunkTable::stats() const {
  const std::lock_guard lock(mutex_);
  ChunkCacheStats stats = stats_;
  stats.decodedBytes = memory_.totalBytes();
  stats.decodedPeakBytes = memory_.peakBytes();
  stats.allocations = memory_.allocations();
  return stats;
}

}  // namespace volary
