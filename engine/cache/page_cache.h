#pragma once

#include "pyramid/brick_map.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace volary {

/// Which brick lies in which slot of the page cache, and which one has to leave: the residency policy,
/// without the GPU.
///
/// Least recently used bricks leave first; a brick that is pinned (the coarsest levels), or was touched in
/// the current frame, never does. A brick that was loaded ahead is of a kind of its own until it is touched. Such
/// bricks may take free slots and those of bricks that this frame does not need, at most a quarter of all slots. They
/// leave for any brick that is needed, in the order of their age. Deterministic: no clock, no threads. Every operation
/// on one brick takes constant time. Invariants: a slot holds at most one brick, a brick lies in at most one slot, free
/// + used = slotCount, aheadCount <= aheadLimit.
class PageCache {
 public:
  explicit PageCache(std::uint32_t slotCount);

  /// Starts a frame: nothing counts as touched.
  void beginFrame();

  /// The brick's slot, if it is resident; marks the brick as touched in this frame.
  std::optional<std::uint32_t> touch(const BrickKey& key);
  /// The same without marking.
  std::optional<std::uint32_t> find(const BrickKey& key) const;

  /// Takes a slot for a brick that is not resident, evicting the least recently used one if none is free.
  /// Nothing if every slot is pinned or touched in this frame. The brick counts as touched.
  std::optional<std::uint32_t> insert(const BrickKey& key);

  /// The same for a brick that nobody has seen: also nothing if that would evict a brick that was touched, by touch()
  /// or touchAhead(), in this frame, or take more than aheadLimit() slots.
  std::optional<std::uint32_t> insertAhead(const BrickKey& key);
  /// Keeps a brick that was loaded ahead and is still expected to be seen; nothing happens to any other.
  void touchAhead(const BrickKey& key);

  /// Pins or unpins a resident brick; nothing happens if it is already so. Once unpinned, a brick that this
  /// frame has not touched is the first to leave.
  void pin(const BrickKey& key);
  void unpin(const BrickKey& key);

  /// Drops all bricks of all images, pinned ones too.
  void clear();

  std::uint32_t slotCount() const;
  std::uint32_t usedCount() const;
  /// Bricks that had to leave for another, since the start.
  std::uint64_t evictions() const;
  /// Bricks that were loaded ahead: how many there may be, how many nobody has seen yet, and since the start how many
  /// were seen and how many left before.
  std::uint32_t aheadLimit() const { return slotCount() / 4; }
  std::uint32_t aheadCount() const { return aheadCount_; }
  bool isAhead(std::uint32_t slot) const { return slots_[slot].ahead; }
  std::uint64_t aheadUsed() const { return aheadUsed_; }
  std::uint64_t aheadWasted() const { return aheadWasted_; }
  /// All resident bricks with their slots, in the order of the slots: for the overlay.
  std::vector<std::pair<BrickKey, std::uint32_t>> resident() const;

 private:
  struct Slot {
    BrickKey key;
    std::uint64_t lastFrame = 0;
    std::uint32_t previous = 0;  ///< neighbours in the list of evictable bricks
    std::uint32_t next = 0;
    bool pinned = false;
    bool ahead = false;
  };

  std::uint32_t usedHead() const { return slotCount(); }
  std::uint32_t aheadHead() const { return slotCount() + 1; }
  std::optional<std::uint32_t> takeOldest(bool sparesAheadOfThisFrame);
  void place(const BrickKey& key, std::uint32_t slot, std::uint32_t head);
  void evict(std::uint32_t slot);
  void linkBefore(std::uint32_t slot, std::uint32_t successor);
  void unlink(std::uint32_t slot);

  /// One for each slot, and then the heads of two circular lists, least recently used first. One list has the bricks
  /// that are not pinned, those touched in this frame always last; the other has the bricks loaded ahead.
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;  ///< taken from the back
  BrickMap<std::uint32_t> slotOf_;
  std::uint64_t frame_ = 1;
  std::uint64_t evictions_ = 0;
  std::uint32_t aheadCount_ = 0;
  std::uint64_t aheadUsed_ = 0;
  std::uint64_t aheadWasted_ = 0;
};

}  // namespace volary
