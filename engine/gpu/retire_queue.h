#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

namespace volary::gpu {

/// Objects that the GPU may still use, each with the timeline value after which it no longer does. Values are added in
/// ascending order.
class RetireQueue {
 public:
  template <typename Object>
  void add(std::uint64_t value, Object object) {
    entries_.push_back({value, std::make_unique<Holder<Object>>(std::move(object))});
  }

  /// Destroys what `completed` has passed.
  void collect(std::uint64_t completed) {
    while (!entries_.empty() && entries_.front().value <= completed) entries_.pop_front();
  }

  void clear() { entries_.clear(); }

 private:
  struct HolderBase {
    virtual ~HolderBase() = default;
  };
  template <typename Object>
  struct Holder : HolderBase {
    explicit Holder(Object held) : object(std::move(held)) {}
    Object object;
  };
  struct Entry {
    std::uint64_t value;
    std::unique_ptr<HolderBase> holder;
  };
  std::deque<Entry> entries_;
};

}  // namespace volary::gpu
