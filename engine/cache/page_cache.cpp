#include "cache/page_cache.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace volary {

PageCache::PageCache(std::uint32_t slotCount) : slots_(slotCount + std::size_t{2}) {
  slotOf_.reserve(slotCount);
  clear();
}

void PageCache::beginFrame() { ++frame_; }

std::optional<std::uint32_t> PageCache::touch(const BrickKey& key) {
  const auto found = slotOf_.find(key);
  if (found == slotOf_.end()) return std::nullopt;
  Slot& slot = slots_[found->second];
  if ((slot.lastFrame != frame_ && !slot.pinned) || slot.ahead) {
    unlink(found->second);
    linkBefore(found->second, usedHead());
  }
  if (slot.ahead) {
    slot.ahead = false;
    --aheadCount_;
    ++aheadUsed_;
  }
  slot.lastFrame = frame_;
  return found->second;
}

std::optional<std::uint32_t> PageCache::find(const BrickKey& key) const {
  const auto found = slotOf_.find(key);
  if (found == slotOf_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::uint32_t> PageCache::insert(const BrickKey& key) {
  assert(!slotOf_.contains(key));
  const std::optional<std::uint32_t> slot = takeOldest(false);
  if (slot) place(key, *slot, usedHead());
  return slot;
}

std::optional<std::uint32_t> PageCache::insertAhead(const BrickKey& key) {
  assert(!slotOf_.contains(key));
  if (aheadLimit() == 0) return std::nullopt;
  std::optional<std::uint32_t> slot;
  if (aheadCount_ < aheadLimit()) {
    slot = takeOldest(true);
  } else if (const std::uint32_t oldest = slots_[aheadHead()].next; slots_[oldest].lastFrame != frame_) {
    evict(oldest);
    slot = oldest;
  }
  if (!slot) return std::nullopt;
  place(key, *slot, aheadHead());
  slots_[*slot].ahead = true;
  ++aheadCount_;
  return slot;
}

void PageCache::touchAhead(const BrickKey& key) {
  const auto found = slotOf_.find(key);
  if (found == slotOf_.end() || !slots_[found->second].ahead) return;
  slots_[found->second].lastFrame = frame_;
  unlink(found->second);
  linkBefore(found->second, aheadHead());
}

// A free slot, or that of the least recently used brick.
std::optional<std::uint32_t> PageCache::takeOldest(bool sparesAheadOfThisFrame) {
  if (!free_.empty()) {
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }
  const std::uint32_t used = slots_[usedHead()].next, ahead = slots_[aheadHead()].next;
  const bool mayTakeUsed = used != usedHead() && slots_[used].lastFrame != frame_;
  const bool mayTakeAhead = ahead != aheadHead() && !(sparesAheadOfThisFrame && slots_[ahead].lastFrame == frame_);
  if (!mayTakeUsed && !mayTakeAhead) return std::nullopt;
  const bool takesUsed = mayTakeUsed && (!mayTakeAhead || slots_[used].lastFrame < slots_[ahead].lastFrame);
  const std::uint32_t slot = takesUsed ? used : ahead;
  evict(slot);
  return slot;
}

void PageCache::evict(std::uint32_t slot) {
  unlink(slot);
  slotOf_.erase(slots_[slot].key);
  ++evictions_;
  if (!slots_[slot].ahead) return;
  --aheadCount_;
  ++aheadWasted_;
}

void PageCache::place(const BrickKey& key, std::uint32_t slot, std::uint32_t head) {
  slots_[slot].key = key;
  slots_[slot].lastFrame = frame_;
  slots_[slot].pinned = slots_[slot].ahead = false;
  linkBefore(slot, head);
  slotOf_.tryEmplace(key, slot);
}

void PageCache::pin(const BrickKey& key) {
  const auto found = slotOf_.find(key);
  assert(found != slotOf_.end());
  Slot& slot = slots_[found->second];
  if (slot.pinned) return;
  slot.pinned = true;
  if (std::exchange(slot.ahead, false)) {
    --aheadCount_;
    ++aheadUsed_;
  }
  unlink(found->second);
}

void PageCache::unpin(const BrickKey& key) {
  const auto found = slotOf_.find(key);
  assert(found != slotOf_.end());
  Slot& slot = slots_[found->second];
  if (!slot.pinned) return;
  slot.pinned = false;
  if (slot.lastFrame != frame_) slot.lastFrame = 0;  // so that no brick that was loaded ahead is older
  linkBefore(found->second, slot.lastFrame == frame_ ? usedHead() : slots_[usedHead()].next);
}

void PageCache::clear() {
  for (const std::uint32_t head : {usedHead(), aheadHead()}) slots_[head].previous = slots_[head].next = head;
  aheadWasted_ += std::exchange(aheadCount_, 0);
  slotOf_.clear();
  free_.resize(slotCount());
  for (std::uint32_t i = 0; i < slotCount(); ++i) free_[i] = slotCount() - 1 - i;
}

std::uint32_t PageCache::slotCount() const { return static_cast<std::uint32_t>(slots_.size() - 2); }

std::uint32_t PageCache::usedCount() const { return static_cast<std::uint32_t>(slotOf_.size()); }

std::uint64_t PageCache::evictions() const { return evictions_; }

std::vector<std::pair<BrickKey, std::uint32_t>> PageCache::resident() const {
  std::vector<std::pair<BrickKey, std::uint32_t>> bricks(slotOf_.begin(), slotOf_.end());
  std::ranges::sort(bricks, {}, &std::pair<BrickKey, std::uint32_t>::second);
  return bricks;
}

void PageCache::linkBefore(std::uint32_t slot, std::uint32_t successor) {
  const std::uint32_t predecessor = slots_[successor].previous;
  slots_[slot].previous = predecessor;
  slots_[slot].next = successor;
  slots_[predecessor].next = slot;
  slots_[successor].previous = slot;
}

void PageCache::unlink(std::uint32_t slot) {
  slots_[slots_[slot].previous].next = slots_[slot].next;
  slots_[slots_[slot].next].previous = slots_[slot].previous;
}

}  // namespace volary
