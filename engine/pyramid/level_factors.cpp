#include "pyramid/level_factors.h"

#include <algorithm>
#include <cmath>

namespace volary {

dvec3 guessFactor(const i64vec3& full, const i64vec3& size) {
  dvec3 factor(1.0);
  for (int axis = 0; axis < 3; ++axis) {
    const double ratio = static_cast<double>(full[axis]) / static_cast<double>(size[axis]);
    const auto whole = std::max<std::int64_t>(1, std::llround(ratio));
    const bool fits = full[axis] / whole == size[axis] || ceilDiv(full[axis], whole) == size[axis];
    factor[axis] = fits ? static_cast<double>(whole) : ratio;
  }
  return factor;
}

bool isPlausibleFactor(const dvec3& factor, const i64vec3& full, const i64vec3& size) {
  constexpr std::int64_t kFewVoxels = 4;
  for (int axis = 0; axis < 3; ++axis) {
    if (!(factor[axis] >= 1e-3 && factor[axis] <= 1e6)) return false;
    if (size[axis] < kFewVoxels) continue;
    const double ratio = static_cast<double>(full[axis]) / static_cast<double>(size[axis]);
    if (factor[axis] > 1.99 * ratio || factor[axis] < ratio / 1.99) return false;
  }
  return true;
}

}  // namespace volary
