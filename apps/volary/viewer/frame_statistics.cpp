#include "viewer/frame_statistics.h"

#include "base/frame_memory.h"

#include <algorithm>
#include <cmath>

namespace volary {

void FrameTimes::add(double milliseconds) {
  milliseconds_.push_back(milliseconds);
  if (milliseconds_.size() > kFrames) milliseconds_.pop_front();
}

Percentiles FrameTimes::percentiles() const {
  if (milliseconds_.empty()) return {};
  FrameVector<double> sorted(milliseconds_.begin(), milliseconds_.end());
  std::sort(sorted.begin(), sorted.end());
  const auto rank = [&](double share) {
    const auto position = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
    return sorted[std::max<std::size_t>(position, 1) - 1];
  };
  return {rank(0.50), rank(0.95), rank(0.99)};
}

void RateMeter::add(std::uint64_t total, double nowSeconds) {
  // A smaller total means another dataset's counter.
  if (!samples_.empty() && total < samples_.back().total) samples_.clear();
  samples_.push_back({nowSeconds, total});
  while (samples_.size() > 2 && nowSeconds - samples_[1].seconds >= kSeconds) samples_.pop_front();
}

double RateMeter::perSecond() const {
  if (samples_.size() < 2) return 0.0;
  const double seconds = samples_.back().seconds - samples_.front().seconds;
  return seconds > 0.0 ? static_cast<double>(samples_.back().total - samples_.front().total) / seconds : 0.0;
}

}  // namespace volary
