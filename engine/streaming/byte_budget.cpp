#include "streaming/byte_budget.h"

#include <algorithm>
#include <chrono>

namespace volary {

namespace {

// Longer than any read that comes back at all.
constexpr std::chrono::seconds kPatience(5);

}  // namespace

void ByteBudget::take(std::uint64_t bytes) {
  std::unique_lock lock(mutex_);
  hasRoom_.wait_for(lock, kPatience, [&] { return takenBytes_ == 0 || takenBytes_ + bytes <= budgetBytes_; });
  takenBytes_ += bytes;
  peakBytes_ = std::max(peakBytes_, takenBytes_);
}

void ByteBudget::giveBack(std::uint64_t bytes) noexcept {
  if (bytes == 0) return;
  {
    const std::lock_guard lock(mutex_);
    takenBytes_ -= bytes;
  }
  hasRoom_.notify_all();
}

void ByteBudget::setBudget(std::uint64_t budgetBytes) {
  {
    const std::lock_guard lock(mutex_);
    budgetBytes_ = budgetBytes;
  }
  hasRoom_.notify_all();
}

std::uint64_t ByteBudget::takenBytes() const {
  const std::lock_guard lock(mutex_);
  return takenBytes_;
}

std::uint64_t ByteBudget::peakBytes() const {
  const std::lock_guard lock(mutex_);
  return peakBytes_;
}

}  // namespace volary
