#include "commands/plane_to_grey.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace volary {

namespace {

template <typename T, typename Visitor>
void forEachVoxel(const ImagePlane& plane, Visitor&& visitor) {
  for (std::size_t at = 0; at < plane.voxels.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, plane.voxels.data() + at, sizeof(T));
    visitor(static_cast<double>(value));
  }
}

template <typename Grey, typename T>
std::vector<std::byte> scale(const ImagePlane& plane, const ValueRange& range) {
  constexpr double white = std::numeric_limits<Grey>::max();
  const double extent = range.max - range.min;
  std::vector<std::byte> greys(plane.voxels.size() / sizeof(T) * sizeof(Grey));
  std::byte* to = greys.data();
  forEachVoxel<T>(plane, [&](double value) {
    const double at = extent != 0.0 ? (value - range.min) / extent : 0.0;
    const auto grey = static_cast<Grey>(std::isnan(at) ? 0.0 : std::clamp(at, 0.0, 1.0) * white + 0.5);
    std::memcpy(to, &grey, sizeof(Grey));
    to += sizeof(Grey);
  });
  return greys;
}

}  // namespace

VoxelType greyType(VoxelType type) { return type == VoxelType::uint8 ? type : VoxelType::uint16; }

ValueRange findValueRange(const ImagePlane& plane) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  visitVoxelType(plane.type, [&](auto zero) {
    forEachVoxel<decltype(zero)>(plane, [&](double value) {
      if (!std::isfinite(value)) return;
      low = std::min(low, value);
      high = std::max(high, value);
    });
  });
  return low <= high ? ValueRange{low, high} : ValueRange{0.0, 0.0};
}

std::vector<std::byte> makeGreys(const ImagePlane& plane, const ValueRange& range) {
  if (plane.type == VoxelType::uint8) return scale<std::uint8_t, std::uint8_t>(plane, range);
  return visitVoxelType(plane.type, [&](auto zero) { return scale<std::uint16_t, decltype(zero)>(plane, range); });
}

}  // namespace volary
