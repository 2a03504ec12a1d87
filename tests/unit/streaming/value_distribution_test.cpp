#include "streaming/value_distribution.h"
#include "pyramid/page_voxel.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

using namespace volary;

namespace {

LevelInfo makeLevel(const i64vec3& sizeVoxels) {
  LevelInfo level;
  level.sizeVoxels = sizeVoxels;
  return level;
}

/// A brick as the loader makes it from the values `make(x, y, z)` of a level; the border holds what must not count.
template <typename T>
std::vector<std::byte> makeBrick(VoxelType type, const i64vec3& levelSize, const ivec3& brick, T outside,
                                 const std::function<T(i64vec3)>& make) {
  std::vector<T> values(kPaddedBrickVoxels, outside);
  for (int z = 0; z < kBrickPayload; ++z)
    for (int y = 0; y < kBrickPayload; ++y)
      for (int x = 0; x < kBrickPayload; ++x) {
        const i64vec3 voxel = i64vec3(brick * kBrickPayload + ivec3(x, y, z));
        if (glm::all(glm::lessThan(voxel, levelSize)))
          values[std::size_t(((z + 1) * kPaddedBrick + y + 1) * kPaddedBrick + x + 1)] = make(voxel);
      }
  std::vector<std::byte> padded(kPaddedBrickVoxels * pageVoxelBytes(pageFormat(type)));
  convertToPage(type, reinterpret_cast<const std::byte*>(values.data()), padded.data(), values.size());
  return padded;
}

template <typename T>
VoxelType typeOf();
template <>
VoxelType typeOf<std::uint8_t>() {
  return VoxelType::uint8;
}
template <>
VoxelType typeOf<std::int16_t>() {
  return VoxelType::int16;
}
template <>
VoxelType typeOf<std::uint16_t>() {
  return VoxelType::uint16;
}
template <>
VoxelType typeOf<float>() {
  return VoxelType::float32;
}

/// Measures a level of 80 x 70 x 40 voxels brick by brick, and sorts its values.
template <typename T>
struct Measured {
  explicit Measured(const std::function<double()>& random) : values(typeOf<T>()) {
    const i64vec3 size(80, 70, 40);
    const LevelInfo level = makeLevel(size);
    for (int z = 0; z < 2; ++z)
      for (int y = 0; y < 3; ++y)
        for (int x = 0; x < 3; ++x) {
          const auto make = [&](i64vec3) {
            const T value = static_cast<T>(random());
            if (std::isfinite(double(value))) sorted.push_back(double(value));
            return value;
          };
          const auto padded = makeBrick<T>(typeOf<T>(), size, {x, y, z}, std::numeric_limits<T>::max(), make);
          values.add(measureBrick(level, typeOf<T>(), {x, y, z}, padded), 1.0);
        }
    std::ranges::sort(sorted);
  }
  double quantile(double q) const {
    return sorted[std::size_t(std::lround(std::clamp(q, 0.0, 1.0) * double(sorted.size() - 1)))];
  }

  ValueDistribution values;
  std::vector<double> sorted;
};

ValueDistribution ofOneBrick(VoxelType type, std::uint16_t value) {
  const i64vec3 size(32);
  ValueDistribution values(type);
  values.add(measureBrick(makeLevel(size), type, ivec3(0),
                          makeBrick<std::uint16_t>(type, size, ivec3(0), 7, [&](i64vec3) { return value; })),
             1.0);
  return values;
}

}  // namespace

TEST_CASE("a brick's statistics are those of its payload within the level") {
  const i64vec3 size(70, 50, 40);
  const LevelInfo level = makeLevel(size);
  const auto make = [](i64vec3 v) { return static_cast<std::int16_t>(v.x * 100 - v.y * 300 + v.z); };
  for (int x = 0; x < 3; ++x)
    for (int y = 0; y < 2; ++y) {
      const ivec3 brick(x, y, 1);
      const auto padded = makeBrick<std::int16_t>(VoxelType::int16, size, brick, 32767, make);
      const BrickStatistics statistics = measureBrick(level, VoxelType::int16, brick, padded);
      const i64vec3 begin = i64vec3(brick) * std::int64_t(32), end = glm::min(begin + std::int64_t(32), size);
      const i64vec3 extent = end - begin;
      CHECK(statistics.count == std::uint32_t(extent.x * extent.y * extent.z));
      CHECK(statistics.min == float(make({begin.x, end.y - 1, begin.z})));
      CHECK(statistics.max == float(make({end.x - 1, begin.y, end.z - 1})));
      const int inBins = std::accumulate(statistics.bins.begin(), statistics.bins.end(), 0);
      CHECK(inBins == int(statistics.count));  // cut at the level's end: all rows count
    }
}

TEST_CASE("voxels that are not finite are not there") {
  const i64vec3 size(32);
  const auto make = [](i64vec3 v) {
    if (v.x == 0) return std::numeric_limits<float>::quiet_NaN();
    if (v.x == 1) return -std::numeric_limits<float>::infinity();
    if (v.x == 2) return std::numeric_limits<float>::infinity();
    return float(v.x) * 0.5f;
  };
  const auto padded = makeBrick<float>(VoxelType::float32, size, ivec3(0), 99.0f, make);
  const BrickStatistics statistics = measureBrick(makeLevel(size), VoxelType::float32, ivec3(0), padded);
  CHECK(statistics.count == 29 * 32 * 32);
  CHECK(statistics.min == 1.5f);
  CHECK(statistics.max == 15.5f);

  const auto nothing = makeBrick<float>(VoxelType::float32, size, ivec3(0), 99.0f,
                                        [](i64vec3) { return std::numeric_limits<float>::quiet_NaN(); });
  ValueDistribution values(VoxelType::float32);
  values.add(measureBrick(makeLevel(size), VoxelType::float32, ivec3(0), nothing), 1.0);
  CHECK(values.empty());
  CHECK_FALSE(values.contrastRange());
}

TEST_CASE("quantiles are those of all voxels, sorted") {
  std::mt19937 generator(7);
  std::normal_distribution<double> normal(1000.0, 100.0);
  std::exponential_distribution<double> bright(1.0 / 5000.0);
  const auto check = [](const auto& measured) {
    for (const double q : {0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999}) {
      // Only a quarter of the rows is counted, and the rarer a value is, the fewer of its voxels are counted. Bins have
      // edges.
      const double part = 0.02 * std::min(q, 1.0 - q) + 0.0004;
      const double edge = (measured.sorted.back() - measured.sorted.front()) / 2048;
      INFO("quantile " << q << " of up to " << measured.sorted.back());
      CHECK(measured.values.quantile(q) >= measured.quantile(q - part) - edge);
      CHECK(measured.values.quantile(q) <= measured.quantile(q + part) + edge);
    }
  };
  check(Measured<std::uint16_t>([&] { return normal(generator); }));
  check(Measured<std::int16_t>([&] { return normal(generator) - 1000.0; }));
  check(Measured<float>([&] { return normal(generator) * 1e-6; }));
  check(Measured<std::uint16_t>([&] { return std::min(65535.0, bright(generator)); }));
  // Pixels that are dead or hot in every brick.
  check(Measured<float>([&] {
    const unsigned dice = generator() % 8192;
    return dice == 0 ? 65535.0 : dice == 1 ? 0.0 : dice == 2 ? std::nan("") : normal(generator);
  }));
  check(Measured<std::uint16_t>([&] {
    const unsigned dice = generator() % 8192;
    return dice == 0 ? 65535.0 : dice == 1 ? 0.0 : normal(generator);
  }));
}

TEST_CASE("quantiles of few values are these values, to a bin") {
  // Labels: 30 % are 3, the rest is 200.
  std::mt19937 generator(7);
  const Measured<std::uint8_t> measured([&] { return generator() % 10 < 3 ? 3.0 : 200.0; });
  CHECK(measured.values.quantile(0.29) <= 3.0 + 197.0 / 62);
  CHECK(measured.values.quantile(0.31) >= 200.0 - 197.0 / 62);
  CHECK(measured.values.contrastRange() == ValueRange{3.0, 200.0});
}

TEST_CASE("a coarse voxel counts as the fine ones that it stands for") {
  const auto brickOf = [](std::uint16_t value) {
    return measureBrick(
        makeLevel(i64vec3(32)), VoxelType::uint16, ivec3(0),
        makeBrick<std::uint16_t>(VoxelType::uint16, i64vec3(32), ivec3(0), 0, [&](i64vec3) { return value; }));
  };
  ValueDistribution values(VoxelType::uint16);
  values.add(brickOf(10), 8.0);
  values.add(brickOf(20), 1.0);
  CHECK(values.quantile(0.88) == 10.0);
  CHECK(values.quantile(0.90) == 20.0);
}

TEST_CASE("a contrast range always has a width") {
  CHECK(ofOneBrick(VoxelType::uint16, 0).contrastRange() == ValueRange{0.0, 1.0});
  CHECK(ofOneBrick(VoxelType::uint16, 40).contrastRange() == ValueRange{0.0, 80.0});  // grey

  // One voxel in 32768 differs.
  const i64vec3 size(32);
  const auto make = [](i64vec3 v) { return static_cast<std::uint16_t>(v == i64vec3(5, 6, 7) ? 900 : 100); };
  ValueDistribution values(VoxelType::uint16);
  values.add(measureBrick(makeLevel(size), VoxelType::uint16, ivec3(0),
                          makeBrick<std::uint16_t>(VoxelType::uint16, size, ivec3(0), 0, make)),
             1.0);
  CHECK(values.contrastRange() == ValueRange{100.0, 900.0});
}

TEST_CASE("the widest floating point values are measured") {
  const float most = std::numeric_limits<float>::max();
  const i64vec3 size(32);
  const auto make = [&](i64vec3 v) { return v.x < 10 ? -most : v.x < 20 ? 0.0f : most; };
  const BrickStatistics statistics = measureBrick(makeLevel(size), VoxelType::float32, ivec3(0),
                                                  makeBrick<float>(VoxelType::float32, size, ivec3(0), 0.0f, make));
  CHECK(statistics.min == -most);
  CHECK(statistics.max == most);
  CHECK(std::isfinite(statistics.high));
  ValueDistribution values(VoxelType::float32);
  values.add(statistics, 1.0);
  CHECK(values.contrastRange().value().min < -0.98 * most);
  CHECK(values.contrastRange().value().max > 0.98 * most);
}
