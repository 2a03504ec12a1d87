#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace volary {

/// A number of bytes that several threads share. Any thread.
///
/// Invariant: what is taken stays in the budget, except for a single taker that needs more than all of it: that one has
/// it for itself; and except where those who have it hang (a read that does not come back): after some seconds of
/// waiting in vain one goes on without.
class ByteBudget {
 public:
  explicit ByteBudget(std::uint64_t budgetBytes) : budgetBytes_(budgetBytes) {}

  /// Waits until there is room.
  void take(std::uint64_t bytes);
  void giveBack(std::uint64_t bytes) noexcept;

  void setBudget(std::uint64_t budgetBytes);
  std::uint64_t takenBytes() const;
  std::uint64_t peakBytes() const;  ///< the most taken so far

 private:
  mutable std::mutex mutex_;  ///< guards all that follows
  std::condition_variable hasRoom_;
  std::uint64_t budgetBytes_;
  std::uint64_t takenBytes_ = 0;
  std::uint64_t peakBytes_ = 0;
};

}  // namespace volary
