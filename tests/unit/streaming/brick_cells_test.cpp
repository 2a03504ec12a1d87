#include "streaming/brick_cells.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <type_traits>

using namespace volary;

namespace {

template <typename T>
constexpr PageFormat kFormat = std::is_same_v<T, std::uint8_t>    ? PageFormat::r8
                               : std::is_same_v<T, std::uint16_t> ? PageFormat::r16
                                                                  : PageFormat::r32f;

template <typename T>
std::vector<T> rangesOf(const std::vector<T>& voxels) {
  const auto bytes = makeCellRanges(kFormat<T>, std::as_bytes(std::span(voxels)));
  std::vector<T> ranges(bytes.size() / sizeof(T));
  std::memcpy(ranges.data(), bytes.data(), bytes.size());
  return ranges;
}

std::size_t voxelAt(int x, int y, int z) { return static_cast<std::size_t>(x + kPaddedBrick * (y + kPaddedBrick * z)); }

}  // namespace

TEMPLATE_TEST_CASE("a cell's range is that of its voxels and of those within reach of its margin, in its brick", "",
                   std::uint8_t, std::uint16_t, float) {
  std::mt19937 random(7);
  std::vector<TestType> voxels(kPaddedBrickVoxels);
  for (TestType& voxel : voxels) voxel = static_cast<TestType>(random() % 200 + 20);
  for (int i = 0; i < 300; ++i) voxels[random() % voxels.size()] = static_cast<TestType>(random() % 256);
  const std::vector<TestType> ranges = rangesOf(voxels);
  REQUIRE(ranges.size() == kCellRangesVoxels);

  std::size_t at = 0;
  TestType least = voxels[0], greatest = voxels[0];
  for (int z = 0; z < kCellsPerBrick; ++z)
    for (int y = 0; y < kCellsPerBrick; ++y)
      for (int x = 0; x < kCellsPerBrick; ++x, at += 2) {
        const ivec3 cell = ivec3(x, y, z) * kCellVoxels;
        const ivec3 begin = glm::max(cell - kCellMargin, ivec3(0));
        const ivec3 end = glm::min(cell + kCellVoxels + 2 + kCellMargin, ivec3(kPaddedBrick));
        TestType low = voxels[voxelAt(begin.x, begin.y, begin.z)], high = low;
        ivec3 v;
        for (v.z = begin.z; v.z < end.z; ++v.z)
          for (v.y = begin.y; v.y < end.y; ++v.y)
            for (v.x = begin.x; v.x < end.x; ++v.x) {
              low = std::min(low, voxels[voxelAt(v.x, v.y, v.z)]);
              high = std::max(high, voxels[voxelAt(v.x, v.y, v.z)]);
            }
        CHECK(ranges[at] == low);
        CHECK(ranges[at + 1] == high);
        least = std::min(least, low);
        greatest = std::max(greatest, high);
      }
  CHECK(ranges[at] == least);
  CHECK(ranges[at + 1] == greatest);
}

TEST_CASE("a cell with a value that is not finite can be anything, the others are what they are") {
  const float odd = GENERATE_COPY(std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                                  -std::numeric_limits<float>::infinity());
  std::vector<float> voxels(kPaddedBrickVoxels, 5.0f);
  voxels[voxelAt(8, 3, 3)] = odd;  // read by the first two cells along x
  const std::vector<float> ranges = rangesOf(voxels);
  for (const std::size_t cell : {0u, 1u, 64u}) {
    CHECK(ranges[2 * cell] == -std::numeric_limits<float>::infinity());
    CHECK(ranges[2 * cell + 1] == std::numeric_limits<float>::infinity());
  }
  for (std::size_t cell = 2; cell < 64; ++cell) {
    CHECK(ranges[2 * cell] == 5.0f);
    CHECK(ranges[2 * cell + 1] == 5.0f);
  }
}
