#include "streaming/request_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace volary {

namespace {

/// How soon a worker with nothing to begin looks whether others, which may hang by now, have set bricks aside.
constexpr std::chrono::milliseconds kLookAfterOthers(20);

/// Behind all wanted bricks.
constexpr std::uint64_t kAheadRank = std::uint64_t{1} << 32;

/// Nothing if `key` is not among them.
std::optional<std::uint64_t> findIndex(const std::vector<BrickKey>& keys, const BrickKey& key) {
  const auto found = std::ranges::find(keys, key);
  if (found == keys.end()) return std::nullopt;
  return static_cast<std::uint64_t>(found - keys.begin());
}

}  // namespace

RequestQueue::RequestQueue(std::size_t maxOpen, std::size_t maxAhead)
    : maxOpen_(maxOpen), maxAhead_(maxAhead), lists_(&allLists_.emplace_back()) {}

RequestQueue::Lists& RequestQueue::unreadLists() {
  const auto unread = std::ranges::find_if(allLists_, [&](const Lists& lists) {
    return &lists != lists_ && lists.readers.load(std::memory_order_acquire) == 0;
  });
  return unread != allLists_.end() ? *unread : allLists_.emplace_back();
}

void RequestQueue::replace(std::span<const BrickKey> wanted, std::span<const BrickKey> ahead) {
  Lists& lists = unreadLists();
  lists.wanted.assign(wanted.begin(), wanted.end());
  lists.ahead.assign(ahead.begin(), ahead.end());
  {
    const std::lock_guard lock(mutex_);
    lists_ = &lists;
    nextWanted_ = nextAhead_ = 0;
    for (const BrickKey& key : taken_) begun_.erase(key);
    for (const BrickKey& key : postponed_) begun_.erase(key);
    for (const BrickKey& key : postponedAhead_) begun_.erase(key);
    taken_.clear();
    postponed_.clear();
    postponedAhead_.clear();
    generation_.fetch_add(1, std::memory_order_relaxed);
  }
  mayBegin_.notify_all();
}

FrameVector<LoadedBrick> RequestQueue::take(std::size_t maxBricks) {
  FrameVector<LoadedBrick> bricks;
  {
    const std::lock_guard lock(mutex_);
    const auto count = static_cast<std::ptrdiff_t>(std::min(maxBricks, finished_.size()));
    const auto begin = finished_.begin();
    bricks.assign(std::move_iterator(begin), std::move_iterator(begin + count));
    finished_.erase(begin, begin + count);
    for (const LoadedBrick& brick : bricks) taken_.push_back(brick.key);
  }
  if (!bricks.empty()) mayBegin_.notify_all();
  return bricks;
}

bool RequestQueue::waitForFinished(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return hasFinished_.wait_for(lock, timeout, [this] { return !finished_.empty(); });
}

RequestCounts RequestQueue::counts() const {
  const std::lock_guard lock(mutex_);
  RequestCounts counts = counts_;
  counts.queued = lists_->wanted.size() - nextWanted_ + postponed_.size();
  counts.queuedAhead = lists_->ahead.size() - nextAhead_ + postponedAhead_.size();
  counts.inFlight = inFlight_;
  counts.waiting = finished_.size();
  return counts;
}

void RequestQueue::setMaxAhead(std::size_t maxAhead) {
  {
    const std::lock_guard lock(mutex_);
    maxAhead_ = maxAhead;
  }
  mayBegin_.notify_all();
}

// Only a part of the room, so that wanted bricks always find some.
bool RequestQueue::mayBeginAhead() const {
  const bool any = nextAhead_ < lists_->ahead.size() || !postponedAhead_.empty();
  return any && nextWanted_ == lists_->wanted.size() && inFlightAhead_ < maxAhead_ &&
         open() < std::max<std::size_t>(1, maxOpen_ / 4);
}

std::optional<BrickTicket> RequestQueue::beginBrick(const BrickKey& key, bool ahead, std::uint64_t rank) {
  if (!begun_.insert(key)) return std::nullopt;
  ++inFlight_;
  if (ahead) ++inFlightAhead_;
  counts_.mostOpen = std::max(counts_.mostOpen, open());
  counts_.mostInFlight = std::max(counts_.mostInFlight, inFlight_);
  return BrickTicket{.key = key, .ahead = ahead, .generation = generation(), .rank = rank};
}

std::optional<BrickTicket> RequestQueue::beginNext() {
  while (mayBeginWanted())
    if (const std::size_t next = nextWanted_++; const auto ticket = beginBrick(lists_->wanted[next], false, next))
      return ticket;
  if (mayBeginPostponed()) return beginPostponed(postponed_, false);
  while (mayBeginAhead()) {
    if (nextAhead_ == lists_->ahead.size()) return beginPostponed(postponedAhead_, true);
    const std::size_t next = nextAhead_++;
    if (const auto ticket = beginBrick(lists_->ahead[next], true, kAheadRank + next)) return ticket;
  }
  return std::nullopt;
}

BrickTicket RequestQueue::beginPostponed(std::deque<BrickKey>& postponed, bool ahead) {
  const BrickKey key = postponed.front();
  postponed.pop_front();
  begun_.erase(key);
  return *beginBrick(key, ahead, ahead ? kAheadRank + lists_->ahead.size() : lists_->wanted.size());
}

std::optional<BrickTicket> RequestQueue::tryBegin() {
  const std::lock_guard lock(mutex_);
  return beginNext();
}

std::optional<BrickTicket> RequestQueue::begin(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const std::uint64_t looks = looks_;
  while (!stop.stop_requested() && looks == looks_) {
    if (const auto ticket = beginNext()) return ticket;
    // Whatever makes it possible to begin a brick either notifies, or is done by a worker that comes here next.
    const auto mayBegin = [&] { return looks != looks_ || mayBeginWanted() || mayBeginPostponed() || mayBeginAhead(); };
    if (inFlight_ == 0)
      mayBegin_.wait(lock, stop, mayBegin);
    else if (!mayBegin_.wait_for(lock, stop, kLookAfterOthers, mayBegin))
      return std::nullopt;
  }
  return std::nullopt;
}

void RequestQueue::lookAgain() {
  {
    const std::lock_guard lock(mutex_);
    ++looks_;
  }
  mayBegin_.notify_all();
}

bool RequestQueue::dropIfStale(BrickTicket& ticket) {
  if (generation_.load(std::memory_order_relaxed) == ticket.generation) return false;
  std::unique_lock lock(mutex_);
  while (true) {
    const std::uint64_t generation = generation_.load(std::memory_order_relaxed);
    Lists& lists = *lists_;
    lists.readers.fetch_add(1, std::memory_order_relaxed);
    lock.unlock();
    const std::optional<std::uint64_t> wanted = findIndex(lists.wanted, ticket.key);
    const std::optional<std::uint64_t> ahead = wanted ? std::nullopt : findIndex(lists.ahead, ticket.key);
    lists.readers.fetch_sub(1, std::memory_order_release);
    lock.lock();
    // Decided under the lock under which the lists change, so that no list was skipped in between.
    if (generation != generation_.load(std::memory_order_relaxed)) continue;

    if (wanted || (ahead && nextWanted_ == lists_->wanted.size())) {
      inFlightAhead_ += static_cast<std::size_t>(ahead.has_value());
      inFlightAhead_ -= static_cast<std::size_t>(ticket.ahead);
      ticket.ahead = ahead.has_value();
      ticket.rank = wanted ? *wanted : kAheadRank + *ahead;
      ticket.generation = generation;
      return false;
    }
    end(ticket);
    begun_.erase(ticket.key);
    ++counts_.dropped;
    // A brick that only gave way gets its turn again.
    if (ahead) nextAhead_ = 0;
    return true;
  }
}

void RequestQueue::giveBack(const BrickTicket& ticket) {
  {
    const std::lock_guard lock(mutex_);
    end(ticket);
    begun_.erase(ticket.key);
    nextWanted_ = nextAhead_ = 0;
  }
  mayBegin_.notify_all();
}

void RequestQueue::postpone(const BrickTicket& ticket) {
  {
    const std::lock_guard lock(mutex_);
    end(ticket);
    if (ticket.generation != generation_.load(std::memory_order_relaxed)) {
      // The new lists decide whether it is wanted. They may have passed it over while it was in flight.
      begun_.erase(ticket.key);
      nextWanted_ = nextAhead_ = 0;
    } else if (ticket.ahead) {
      postponedAhead_.push_back(ticket.key);
    } else {
      postponed_.push_back(ticket.key);
    }
  }
  mayBegin_.notify_one();
}

void RequestQueue::finish(const BrickTicket& ticket, LoadedBrick brick) {
  {
    const std::lock_guard lock(mutex_);
    end(ticket);
    ++(brick.error.empty() ? counts_.finished : counts_.failed);
    if (brick.error.empty() && ticket.ahead) ++counts_.finishedAhead;
    brick.ahead = ticket.ahead;
    finished_.push_back(std::move(brick));
    counts_.mostWaiting = std::max(counts_.mostWaiting, finished_.size());
  }
  hasFinished_.notify_one();
}

void RequestQueue::end(const BrickTicket& ticket) {
  --inFlight_;
  if (ticket.ahead) --inFlightAhead_;
}

}  // namespace volary
