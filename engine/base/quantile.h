#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace volary {

/// The `q` quantile of values in ascending order, by nearest rank; 0 if there are none.
inline double quantileOfSorted(std::span<const double> sorted, double q) {
  if (sorted.empty()) return 0.0;
  const double at = std::ceil(q * static_cast<double>(sorted.size())) - 1.0;
  return sorted[static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(sorted.size() - 1)))];
}

/// The same for values in any order.
inline double quantileOf(std::vector<double> values, double q) {
  std::ranges::sort(values);
  return quantileOfSorted(values, q);
}

}  // namespace volary
