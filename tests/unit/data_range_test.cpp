#include "base/error.h"
#include "streaming/data_range.h"
#include "support/fake_source.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace volary;
using namespace volary::test;

TEST_CASE("the data range is the quantiles of the finest level that is small enough, whatever the voxel type") {
  // 144 * 128 * 128 voxels are more than 2 Mi.
  const std::vector<dvec3> factors{dvec3(1), dvec3(4), dvec3(8)};
  std::vector<int> values;
  for (std::int64_t z = 0; z < 32; ++z)
    for (std::int64_t y = 0; y < 32; ++y)
      for (std::int64_t x = 0; x < 36; ++x) values.push_back(FakeSource::value(1, {x, y, z}));
  std::sort(values.begin(), values.end());
  const auto quantile = [&](double q) {
    return double(values[std::size_t(std::lround(q * double(values.size() - 1)))]);
  };
  const ValueRange expected{quantile(0.001), quantile(0.999)};
  for (const VoxelType type : {VoxelType::uint8, VoxelType::int16, VoxelType::float32}) {
    FakeSource source(type, {144, 128, 128}, factors, ivec3(8));
    CHECK(findDataRange(source, {}, 1) == expected);
  }
}

TEST_CASE("the data range of equal voxels still has a width") {
  FakeSource source(VoxelType::uint16, {8, 8, 8}, {dvec3(1)}, ivec3(8));
  source.leaveOut({{}, 0, {0, 0, 0}});
  CHECK(findDataRange(source, {}, 1) == ValueRange{0.0, 1.0});
}

TEST_CASE("a volume of one value is shown grey") {
  FakeSource source(VoxelType::uint16, {1, 1, 1}, {dvec3(1)}, ivec3(8));
  const double value = FakeSource::value(0, {0, 0, 0});
  REQUIRE(value > 0.0);
  CHECK(findDataRange(source, {}, 1) == ValueRange{0.0, 2.0 * value});
}

TEST_CASE("of a large single level only the middle is read") {
  FakeSource source(VoxelType::uint8, {512, 512, 512}, {dvec3(1)}, ivec3(64));
  findDataRange(source, {}, 2);
  CHECK(source.totalReads() <= 27);
  CHECK(source.totalReads() >= 8);
}

TEST_CASE("a level that can't be read is replaced by the next coarser one, and the last one's failure is told") {
  FakeSource source(VoxelType::uint8, {16, 16, 16}, {dvec3(1), dvec3(2)}, ivec3(8));
  source.failDecode({{}, 0, {1, 0, 0}}, std::make_exception_ptr(Error("damaged")));
  FakeSource coarse(VoxelType::uint8, {16, 16, 16}, {dvec3(1), dvec3(2)}, ivec3(8));
  coarse.failRead({{}, 0, {0, 0, 0}}, std::make_exception_ptr(Error("elsewhere")));
  CHECK(findDataRange(source, {}, 1) == findDataRange(coarse, {}, 1));
  source.failDecode({{}, 1, {0, 0, 0}}, std::make_exception_ptr(Error("damaged")));
  CHECK_THROWS_AS(findDataRange(source, {}, 1), Error);
}
