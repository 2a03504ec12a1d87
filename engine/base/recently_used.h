#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

namespace volary {

/// Things that cost time to make, by key: open files, indices, decoded chunks. Keeps the ones that were used last: at
/// most so many, of at most so many bytes, and always one. Any thread. Searches one after the other: for some hundreds
/// at most.
template <typename Key, typename T>
class RecentlyUsed {
 public:
  using Pointer = std::shared_ptr<T>;

  explicit RecentlyUsed(std::size_t most, std::uint64_t mostBytes = std::numeric_limits<std::uint64_t>::max())
      : most_(most), mostBytes_(mostBytes) {}

  /// Null if it is not kept.
  Pointer find(const Key& key) {
    const std::lock_guard lock(mutex_);
    return findHere(key);
  }

  /// Keeps `made`, and returns it. If another thread was faster, its one stays and is returned.
  Pointer keep(const Key& key, Pointer made, std::uint64_t bytes = 0) {
    const std::lock_guard lock(mutex_);
    if (Pointer first = findHere(key)) return first;
    entries_.push_front({key, made, bytes});
    bytes_ += bytes;
    while (entries_.size() > 1 && (entries_.size() > most_ || bytes_ > mostBytes_)) {
      bytes_ -= entries_.back().bytes;
      entries_.pop_back();
    }
    return made;
  }

  /// What is kept, or what `make()` returns, which is kept from then on unless it is null. Two threads may make the
  /// same at the same time.
  template <typename Make>
  Pointer findOrMake(const Key& key, Make make) {
    if (Pointer found = find(key)) return found;
    Pointer made = make();
    return made ? keep(key, std::move(made)) : made;
  }

  /// Drops those for which `isGone(key, value)` holds; returns how many.
  template <typename IsGone>
  std::size_t eraseIf(IsGone isGone) {
    const std::lock_guard lock(mutex_);
    return std::erase_if(entries_, [&](const Entry& entry) {
      const bool gone = isGone(entry.key, *entry.value);
      if (gone) bytes_ -= entry.bytes;
      return gone;
    });
  }

 private:
  struct Entry {
    Key key;
    Pointer value;
    std::uint64_t bytes;
  };

  /// Under the lock.
  Pointer findHere(const Key& key) {
    const auto found = std::ranges::find(entries_, key, &Entry::key);
    if (found == entries_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found);
    return found->value;
  }

  const std::size_t most_;
  const std::uint64_t mostBytes_;
  std::mutex mutex_;
  std::list<Entry> entries_;  ///< the last used first
  std::uint64_t bytes_ = 0;
};

}  // namespace volary
