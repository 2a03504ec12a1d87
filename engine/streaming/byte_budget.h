#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace volary {

/// A number of bytes that several threads share. Any thread.
///
/// Invariant: what is taken stays within the budget, with two exceptions. A taker that needs more than the whole budget
/// gets it once nobody else has any. And if those who have it hang (a read that does not come back), a taker goes on
/// after some seconds of waiting in vain.
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
