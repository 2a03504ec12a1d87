#include "viewer/frame_statistics.h"

#include "base/frame_memory.h"
#include "base/quantile.h"

#include <algorithm>

namespace volary {

void FrameTimes::add(double milliseconds) {
  milliseconds_.push_back(milliseconds);
  if (milliseconds_.size() > kFrames) milliseconds_.pop_front();
}

Percentiles FrameTimes::percentiles() const {
  FrameVector<double> sorted(milliseconds_.begin(), milliseconds_.end());
  std::ranges::sort(sorted);
  return {quantileOfSorted(sorted, 0.5), quantileOfSorted(sorted, 0.95), quantileOfSorted(sorted, 0.99)};
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
