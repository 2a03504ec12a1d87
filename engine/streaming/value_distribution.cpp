#include "streaming/value_distribution.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace volary {

namespace {

constexpr double kLowQuantile = 0.001;  // as BigDataViewer chooses
constexpr double kHighQuantile = 0.999;

/// Halvings of the range in which a quantile is looked for: all that float32, the finest page voxel, can tell apart.
constexpr int kHalvings = 32;

double countBinVoxels(const BrickStatistics& statistics) {
  return std::accumulate(statistics.bins.begin(), statistics.bins.end(), 0.0);
}

/// The voxels of the histogram with values up to `value`.
double binVoxelsUpTo(const BrickStatistics& statistics, double value) {
  double sum = 0.0;
  for (int bin = 0; bin < BrickStatistics::kBins; ++bin) {
    const double begin = statistics.binBegin(bin), end = statistics.binBegin(bin + 1);
    if (value < begin) break;
    const double part = value < end ? (value - begin) / (end - begin) : 1.0;
    sum += part * statistics.bins[static_cast<std::size_t>(bin)];
  }
  return sum;
}

}  // namespace

void ValueDistribution::add(const BrickStatistics& statistics, double weight) {
  if (statistics.count == 0) return;
  min_ = parts_.empty() ? statistics.min : std::min<double>(min_, statistics.min);
  max_ = parts_.empty() ? statistics.max : std::max<double>(max_, statistics.max);
  const double voxels = weight * statistics.count;
  const double binVoxels = countBinVoxels(statistics);
  parts_.push_back({statistics, voxels, binVoxels > 0.0 ? voxels / binVoxels : 0.0});
  voxels_ += voxels;
}

double ValueDistribution::voxelsUpTo(double value) const {
  double sum = 0.0;
  for (const Part& part : parts_) {
    const BrickStatistics& statistics = part.statistics;
    if (value < statistics.min) continue;
    sum += value >= statistics.max ? part.voxels : part.perBinVoxel * binVoxelsUpTo(statistics, value);
  }
  return sum;
}

double ValueDistribution::quantile(double q) const {
  assert(!empty());
  const double wanted = q * voxels_;
  double low = min_, high = max_;
  if (voxelsUpTo(low) >= wanted) return low;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = low + (high - low) / 2;
    (voxelsUpTo(middle) >= wanted ? high : low) = middle;
  }
  return isInteger(type_) ? std::min(std::floor(high), max_) : high;
}

std::optional<ValueRange> ValueDistribution::contrastRange() const {
  if (empty()) return std::nullopt;
  const ValueRange range{quantile(kLowQuantile), quantile(kHighQuantile)};
  if (range.min < range.max) return range;
  // Nearly all voxels are equal: those that are not count.
  if (min_ < max_) return ValueRange{min_, max_};
  // All voxels are equal: a grey picture says more than a black one. Only zero is black.
  if (min_ == 0.0) return ValueRange{0.0, 1.0};
  return ValueRange{std::min(0.0, 2.0 * min_), std::max(0.0, 2.0 * min_)};
}

}  // namespace volary
