#include "cache/page_cache.h"

#include <algorithm>
#include <cassert>

namespace volary {

PageCache::PageCache(std::uint32_t slotCount) : slots_(slotCount + std::size_t{1}) {
  slotOf_.reserve(slotCount);
  clear();
}

void PageCache::beginFrame() {
  ++frame_;
}

std::optional<std::uint32_t> PageCache::touch(const BrickKey& key) {
  const auto found = slotOf_.find(key);
  if (found == slotOf_.end()) return std::nullopt;
  Slot& slot = slots_[found->second];
  if (slot.lastFrame != frame_ && !slot.pinned) {
    unlink(found->second);
    linkBefore(found->second, slotCount());
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
  std::uint32_t index = 0;
  if (!free_.empty()) {
    index = free_.back();
    free_.pop_back();
  } else {
    index = slots_.back().next;
    if (index == slotCount() || slots_[index].lastFrame == frame_) return std::nullopt;
    unlink(index);
    slotOf_.erase(slots_[index].key);
    ++evictions_;
  }
  slots_[index].key = key;
  slots_[index].lastFrame = frame_;
  slots_[index].pinned = false;
  linkBefore(index, slotCount());
  slotOf_.emplace(key, index);
  return index;
}

void PageCache::pin(const BrickKey& key) {
  const auto found = slotOf_.find(key);
  assert(found != slotOf_.end());
  Slot& slot = slots_[found->second];
  if (slot.pinned) return;
  slot.pinned = true;
  unlink(found->second);
}

void PageCache::unpin(const BrickKey& key) {
  const auto found = slotOf_.find(key);
  assert(found != slotOf_.end());
  Slot& slot = slots_[found->second];
  if (!slot.pinned) return;
  slot.pinned = false;
  linkBefore(found->second, slot.lastFrame == frame_ ? slotCount() : slots_.back().next);
}

void PageCache::clear() {
  const std::uint32_t head = slotCount();
  slots_[head].previous = slots_[head].next = head;
  slotOf_.clear();
  free_.resize(slotCount());
  for (std::uint32_t i = 0; i < slotCount(); ++i) free_[i] = slotCount() - 1 - i;
}

std::uint32_t PageCache::slotCount() const {
  return static_cast<std::uint32_t>(slots_.size() - 1);
}

std::uint32_t PageCache::usedCount() const {
  return static_cast<std::uint32_t>(slotOf_.size());
}

std::uint64_t PageCache::evictions() const {
  return evictions_;
}

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
