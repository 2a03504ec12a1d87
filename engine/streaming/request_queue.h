#pragma once

#include "base/frame_memory.h"
#include "pyramid/brick_map.h"
#include "streaming/loaded_brick.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace volary {

/// A worker's hold on the brick that it makes.
struct BrickTicket {
  BrickKey key;
  bool ahead = false;            ///< nobody sees the brick yet: it is on the prefetch list
  std::uint64_t generation = 0;  ///< of the lists that the brick was last found in
  std::uint64_t rank = 0;        ///< its place in them: wanted bricks before those that are loaded ahead
};

/// Figures of the requests: since the start, and of this moment.
struct RequestCounts {
  std::uint64_t finished = 0;       ///< with voxels
  std::uint64_t finishedAhead = 0;  ///< of these, for the prefetch list
  std::uint64_t failed = 0;
  std::uint64_t dropped = 0;     ///< begun, and given up because nobody wanted the brick any more
  std::size_t queued = 0;        ///< wanted, and not looked at yet or postponed
  std::size_t queuedAhead = 0;   ///< the same for the prefetch list
  std::size_t inFlight = 0;      ///< begun and not finished
  std::size_t waiting = 0;       ///< finished and not taken
  std::size_t mostInFlight = 0;  ///< so far
  std::size_t mostWaiting = 0;   ///< so far
  std::size_t mostOpen = 0;      ///< in flight or waiting, so far
};

/// Which bricks are to be made next, and how far each of them is: all that the loader's threads share.
///
/// A brick is begun, and then exactly once either finished, dropped, postponed or given back. A finished one is taken
/// once; it can be begun again from the next replace() on. One that was dropped or given back can be begun again at
/// once, one that was postponed when its turn comes. No brick is begun twice at the same time. The prefetch list is
/// begun only while nothing wanted is queued, by a bounded number of workers, and what is being made for it gives way
/// when something wanted is queued.
///
/// Replacing the lists costs a copy, and a change of pointer under the lock. Its worker finds out whether a brick is
/// still wanted, outside of the lock, once for each new pair of lists.
class RequestQueue {
 public:
  /// `maxOpen`: the most bricks in flight or waiting to be taken; `maxAhead`: the most in flight for the prefetch list.
  RequestQueue(std::size_t maxOpen, std::size_t maxAhead);
  RequestQueue(const RequestQueue&) = delete;
  RequestQueue& operator=(const RequestQueue&) = delete;

  // For the thread that asks.
  /// Replaces both lists; the first of each is begun first.
  void replace(std::span<const BrickKey> wanted, std::span<const BrickKey> ahead);
  FrameVector<LoadedBrick> take(std::size_t maxBricks);
  bool waitForFinished(std::chrono::milliseconds timeout);
  RequestCounts counts() const;
  void setMaxAhead(std::size_t maxAhead);

  // For the workers.
  /// The next brick to make, if any may be begun now.
  std::optional<BrickTicket> tryBegin();
  /// The same, but waits for one. Returns nothing when stopped, and every now and then while other bricks are in
  /// flight: their workers may have set them aside.
  std::optional<BrickTicket> begin(const std::stop_token& stop);
  /// Makes the workers that wait in begin() return: there may be something to do for bricks that were set aside.
  void lookAgain();
  /// Changes whenever the lists are replaced.
  std::uint64_t generation() const { return generation_.load(std::memory_order_relaxed); }
  /// True if the brick is wanted no more, or has to give way: then it counts as not begun, and the ticket is void.
  /// Costs one load while the ticket knows the current lists. Never call it for a ticket that is void.
  bool dropIfStale(BrickTicket& ticket);
  /// Gives the brick back: another worker makes it when its turn comes. The ticket is void.
  void giveBack(const BrickTicket& ticket);
  /// Puts the brick off until all wanted bricks have been begun (and, if it is on the prefetch list, all of those), or
  /// the lists are replaced. The ticket is void.
  void postpone(const BrickTicket& ticket);
  /// Hands the brick over; the ticket is void.
  void finish(const BrickTicket& ticket, LoadedBrick brick);

 private:
  struct Lists {
    std::vector<BrickKey> wanted;
    std::vector<BrickKey> ahead;
    std::atomic<int> readers =
        0;  ///< workers that read them outside of the lock; rises only while they are the current ones
  };

  Lists& unreadLists();

  std::size_t open() const { return finished_.size() + inFlight_; }
  bool mayBeginWanted() const { return nextWanted_ < lists_->wanted.size() && open() < maxOpen_; }
  bool mayBeginPostponed() const { return !postponed_.empty() && open() < maxOpen_; }
  bool mayBeginAhead() const;
  std::optional<BrickTicket> beginNext();
  std::optional<BrickTicket> beginBrick(const BrickKey& key, bool ahead, std::uint64_t rank);
  BrickTicket beginPostponed(std::deque<BrickKey>& postponed, bool ahead);
  void end(const BrickTicket& ticket);

  const std::size_t maxOpen_;
  /// Some pairs of lists, kept for their memory: the current one, and those that workers may still read. Only the
  /// thread that asks uses this.
  std::list<Lists> allLists_;
  /// Changes with the lists, under the mutex; read without the mutex to see whether the lists have changed.
  std::atomic<std::uint64_t> generation_ = 0;

  mutable std::mutex mutex_;  ///< guards all that follows
  std::condition_variable_any mayBegin_;
  std::condition_variable hasFinished_;
  std::size_t maxAhead_;
  Lists* lists_;  ///< the current ones
  std::size_t nextWanted_ = 0;
  std::size_t nextAhead_ = 0;
  /// Bricks that must not be begun from the lists: in flight, waiting to be taken, taken since the lists were last
  /// replaced (whoever asked didn't know of these yet), or postponed.
  BrickSet begun_;
  std::vector<BrickKey> taken_;          ///< the bricks of the third kind
  std::deque<BrickKey> postponed_;       ///< wanted, and put off by their workers; not in flight
  std::deque<BrickKey> postponedAhead_;  ///< the same for the prefetch list
  std::size_t inFlight_ = 0;
  std::size_t inFlightAhead_ = 0;
  std::uint64_t looks_ = 0;  ///< calls of lookAgain()
  std::deque<LoadedBrick> finished_;
  RequestCounts counts_;  ///< those since the start
};

}  // namespace volary
