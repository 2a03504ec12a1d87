#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace volary {

/// The value that the part `q` of `values`, which are not empty, does not exceed.
inline double quantileOf(std::vector<double> values, double q) {
  std::ranges::sort(values);
  const double at = std::ceil(q * static_cast<double>(values.size())) - 1.0;
  return values[static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(values.size() - 1)))];
}

}  // namespace volary
