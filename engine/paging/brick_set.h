#pragma once

#include "pyramid/brick.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace volary {

/// A set of bricks that is made anew frame by frame: it keeps its memory, where std::unordered_set takes some for each brick.
class BrickSet {
 public:
  /// False if it is there already.
  bool insert(const BrickKey& key) {
    if (2 * (keys_.size() + 1) > table_.size()) grow();
    std::uint32_t& place = table_[find(key)];
    if (place != kFree) return false;
    place = static_cast<std::uint32_t>(keys_.size());
    keys_.push_back(key);
    return true;
  }

  bool contains(const BrickKey& key) const { return !table_.empty() && table_[find(key)] != kFree; }
  std::size_t size() const { return keys_.size(); }

  /// Keeps the memory.
  void clear() {
    keys_.clear();
    table_.assign(table_.size(), kFree);
  }

 private:
  static constexpr std::uint32_t kFree = 0xffffffff;

  /// Where the key's number stands, or would.
  std::size_t find(const BrickKey& key) const {
    const std::size_t mask = table_.size() - 1;
    std::size_t at = std::hash<BrickKey>()(key) & mask;
    while (table_[at] != kFree && keys_[table_[at]] != key) at = (at + 1) & mask;
    return at;
  }

  void grow() {
    table_.assign(table_.empty() ? 64 : 2 * table_.size(), kFree);
    for (std::size_t i = 0; i < keys_.size(); ++i) table_[find(keys_[i])] = static_cast<std::uint32_t>(i);
  }

  std::vector<BrickKey> keys_;
  std::vector<std::uint32_t> table_;  ///< numbers of keys, by hash; half of it at most is taken, a power of two
};

}  // namespace volary
