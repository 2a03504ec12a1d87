#pragma once

#include "pyramid/brick.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace volary {

/// Which brick lies in which slot of the page cache, and which one has to leave: the residency policy, without the
/// GPU.
///
/// Least recently used bricks leave first; a brick that is pinned (the coarsest levels), or was touched in the current
/// frame, never does. Deterministic: no clock, no threads. Invariants: a slot holds at most one brick, a brick lies in
/// at most one slot, free + used = slotCount.
class PageCache {
 public:
  explicit PageCache(std::uint32_t slotCount);

  /// Starts a frame: nothing counts as touched.
  void beginFrame();

  /// The brick's slot, if it is resident; marks it as used in this frame.
  std::optional<std::uint32_t> touch(const BrickKey& key);
  /// The same without marking.
  std::optional<std::uint32_t> find(const BrickKey& key) const;

  /// Takes a slot for a brick that is not resident, evicting the least recently used one if none is free. Nothing if
  /// every slot is pinned or touched in this frame. The brick counts as touched.
  std::optional<std::uint32_t> insert(const BrickKey& key);

  /// Pins or unpins a resident brick.
  void pin(const BrickKey& key);
  void unpin(const BrickKey& key);

  /// Drops all bricks of all images.
  void clear();

  std::uint32_t slotCount() const;
  std::uint32_t usedCount() const;
  std::uint64_t evictions() const;
  /// All resident bricks with their slots, in no particular order: for the overlay.
  std::vector<std::pair<BrickKey, std::uint32_t>> resident() const;

 private:
  struct Slot {
    BrickKey key;
    std::uint64_t lastFrame = 0;
    std::uint32_t previous = 0;  ///< neighbours in the LRU list
    std::uint32_t next = 0;
    bool used = false;
    bool pinned = false;
  };
  std::vector<Slot> slots_;
  std::unordered_map<BrickKey, std::uint32_t> slotOf_;
  std::uint64_t frame_ = 0;
  std::uint64_t evictions_ = 0;
};

}  // namespace volary
