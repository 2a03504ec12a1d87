#pragma once

#include "base/frame_memory.h"
#include "pyramid/brick.h"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace volary {

/// Values by brick. Keeps its memory, while std::unordered_map allocates and frees some for each brick. Iterators are
/// valid until something is put in or taken out. The order is that of insertion, as long as nothing is taken out.
template <typename Value, template <typename> typename Allocator = std::allocator>
class BrickMap {
 public:
  using Entry = std::pair<BrickKey, Value>;
  using Iterator = typename std::vector<Entry, Allocator<Entry>>::iterator;
  using ConstIterator = typename std::vector<Entry, Allocator<Entry>>::const_iterator;

  /// The brick's value, and true if it was put in; false if the brick had a value before, which stays.
  std::pair<Iterator, bool> tryEmplace(const BrickKey& key, Value value = {}) {
    reserve(entries_.size() + 1);
    std::uint32_t& number = numbers_[placeOf(key)];
    if (number != kFree) return {entries_.begin() + number, false};
    number = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back(key, std::move(value));
    return {entries_.end() - 1, true};
  }
  /// Puts it in, in place of another one if there is one.
  void assign(const BrickKey& key, Value value) { tryEmplace(key).first->second = std::move(value); }

  ConstIterator find(const BrickKey& key) const {
    const std::uint32_t number = numberOf(key);
    return number == kFree ? entries_.end() : entries_.begin() + number;
  }
  bool contains(const BrickKey& key) const { return numberOf(key) != kFree; }

  /// False if it is not there.
  bool erase(const BrickKey& key) {
    if (numbers_.empty()) return false;
    const std::size_t place = placeOf(key);
    const std::uint32_t number = numbers_[place];
    if (number == kFree) return false;
    free(place);
    if (number + 1 < entries_.size()) {
      numbers_[placeOf(entries_.back().first)] = number;
      entries_[number] = std::move(entries_.back());
    }
    entries_.pop_back();
    return true;
  }
  template <typename Test>
  void eraseIf(Test test) {
    for (std::size_t i = entries_.size(); i-- > 0;)
      if (test(std::as_const(entries_[i]))) erase(BrickKey(entries_[i].first));
  }

  ConstIterator begin() const { return entries_.begin(); }
  ConstIterator end() const { return entries_.end(); }
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }

  void clear() {
    entries_.clear();
    numbers_.assign(numbers_.size(), kFree);
  }
  void reserve(std::size_t count) {
    if (2 * count <= numbers_.size()) return;
    std::size_t places = numbers_.empty() ? 64 : 2 * numbers_.size();
    while (places < 2 * count) places *= 2;
    numbers_.assign(places, kFree);
    for (std::size_t i = 0; i < entries_.size(); ++i)
      numbers_[placeOf(entries_[i].first)] = static_cast<std::uint32_t>(i);
    entries_.reserve(places / 2);
  }

 private:
  static constexpr std::uint32_t kFree = 0xffffffff;

  std::size_t homeOf(const BrickKey& key) const { return std::hash<BrickKey>()(key) & (numbers_.size() - 1); }
  std::size_t next(std::size_t place) const { return (place + 1) & (numbers_.size() - 1); }

  /// Where the key's number stands, or would.
  std::size_t placeOf(const BrickKey& key) const {
    std::size_t place = homeOf(key);
    while (numbers_[place] != kFree && entries_[numbers_[place]].first != key) place = next(place);
    return place;
  }
  std::uint32_t numberOf(const BrickKey& key) const { return numbers_.empty() ? kFree : numbers_[placeOf(key)]; }

  /// Frees a place, and moves back those numbers that are further from home because it was taken.
  void free(std::size_t hole) {
    for (std::size_t place = next(hole); numbers_[place] != kFree; place = next(place)) {
      const std::size_t mask = numbers_.size() - 1;
      const std::size_t fromHome = (place - homeOf(entries_[numbers_[place]].first)) & mask;
      if (fromHome < ((place - hole) & mask)) continue;
      numbers_[hole] = numbers_[place];
      hole = place;
    }
    numbers_[hole] = kFree;
  }

  std::vector<Entry, Allocator<Entry>> entries_;
  /// Numbers of entries, by hash. Invariant: the size is a power of two, at most half of the places are taken, and no
  /// place between a key's home and its number is free.
  std::vector<std::uint32_t, Allocator<std::uint32_t>> numbers_;
};

/// A set of bricks that keeps its memory.
template <template <typename> typename Allocator = std::allocator>
class BasicBrickSet {
 public:
  /// False if it is there already.
  bool insert(const BrickKey& key) { return bricks_.tryEmplace(key).second; }
  bool contains(const BrickKey& key) const { return bricks_.contains(key); }
  bool erase(const BrickKey& key) { return bricks_.erase(key); }
  template <typename Test>
  void eraseIf(Test test) {
    bricks_.eraseIf([&](const auto& entry) { return test(entry.first); });
  }
  std::size_t size() const { return bricks_.size(); }
  bool empty() const { return bricks_.empty(); }
  void clear() { bricks_.clear(); }

 private:
  struct Nothing {};
  BrickMap<Nothing, Allocator> bricks_;
};
using BrickSet = BasicBrickSet<>;

/// In the memory of a frame: see FrameScope.
using FrameBrickSet = BasicBrickSet<FrameAllocator>;
template <typename Value>
using FrameBrickMap = BrickMap<Value, FrameAllocator>;

}  // namespace volary
