#include "streaming/data_range.h"

#include "base/error.h"
#include "streaming/read_box.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <vector>

namespace volary {

namespace {

/// More voxels than this are not looked at. They decode in some tens of milliseconds.
constexpr double kMaxVoxels = 2 << 20;

constexpr double kLowQuantile = 0.001;  // as BigDataViewer chooses
constexpr double kHighQuantile = 0.999;

// In floating point: the product of a very large volume overflows.
double countVoxels(const i64vec3& size) { return double(size.x) * double(size.y) * double(size.z); }

// The finest level that may be read whole: coarser ones are averages, whose bright voxels are dimmer than the volume's.
int findLevel(const ImagePyramid& pyramid) {
  const auto fits = [](const LevelInfo& level) { return countVoxels(level.sizeVoxels) <= kMaxVoxels; };
  const auto finest = std::ranges::find_if(pyramid.levels, fits);
  return static_cast<int>(finest - pyramid.levels.begin()) - (finest == pyramid.levels.end() ? 1 : 0);
}

// The middle of a level, halved along its longest axis until it is small enough.
VoxelBox makeMiddleBox(const i64vec3& sizeVoxels) {
  i64vec3 size = sizeVoxels;
  while (countVoxels(size) > kMaxVoxels) {
    const int longest = size.x >= size.y && size.x >= size.z ? 0 : size.y >= size.z ? 1 : 2;
    size[longest] = ceilDiv<std::int64_t>(size[longest], 2);
  }
  const i64vec3 begin = (sizeVoxels - size) / std::int64_t(2);
  return {begin, begin + size};
}

template <typename T>
ValueRange findQuantiles(const std::vector<std::byte>& voxels) {
  std::vector<T> values(voxels.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), voxels.data(), values.size() * sizeof(T));
  if constexpr (std::is_floating_point_v<T>) std::erase_if(values, [](T value) { return !std::isfinite(value); });
  if (values.empty()) return {0.0, 1.0};
  const auto quantile = [&](double q) {
    const auto at = values.begin() + std::lround(q * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), at, values.end());
    return static_cast<double>(*at);
  };
  const ValueRange range{quantile(kLowQuantile), quantile(kHighQuantile)};
  if (range.min < range.max) return range;
  // Nearly all voxels are equal: what is not counts.
  const auto [smallest, largest] = std::minmax_element(values.begin(), values.end());
  const ValueRange all{static_cast<double>(*smallest), static_cast<double>(*largest)};
  if (all.min < all.max) return all;
  // All are: a grey picture says more than a black one. Only nothing at all is black.
  return all.min == 0.0 ? ValueRange{0.0, 1.0} : ValueRange{std::min(0.0, 2.0 * all.min), std::max(0.0, 2.0 * all.min)};
}

}  // namespace

ValueRange findDataRange(Source& source, ImageId image, int threads) {
  const ImagePyramid& pyramid = source.pyramid(image);
  const int coarsest = static_cast<int>(pyramid.levels.size()) - 1;
  for (int level = findLevel(pyramid);; ++level) {
    try {
      const VoxelBox box = makeMiddleBox(pyramid.levels[static_cast<std::size_t>(level)].sizeVoxels);
      const std::vector<std::byte> voxels = readBox(source, image, level, box, threads);
      return visitVoxelType(pyramid.voxelType, [&](auto zero) { return findQuantiles<decltype(zero)>(voxels); });
    } catch (const Error&) {
      if (level == coarsest) throw;
    }
  }
}

ValueRange findDisplayRange(Source& source, ImageId image, int threads) {
  const auto& suggested = source.dataset().setups[static_cast<std::size_t>(image.setup)].displayRange;
  const bool chosen = suggested && suggested->min < suggested->max &&
                      *suggested != naturalRange(source.pyramid(image).voxelType) &&
                      *suggested != naturalRange(VoxelType::uint16);
  return chosen ? *suggested : findDataRange(source, image, threads);
}

}  // namespace volary
