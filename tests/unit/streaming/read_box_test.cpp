#include "streaming/read_box.h"
#include "base/error.h"
#include "support/fakes/fake_source.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

#include <cstring>
#include <random>

using namespace volary;
using test::FakeSource;

TEST_CASE("a box of voxels is read as stored, wherever it lies") {
  FakeSource source(VoxelType::int16, {75, 40, 22}, {dvec3(1), dvec3(2)}, ivec3(16, 9, 5));
  std::mt19937 random(3);
  for (int round = 0; round < 60; ++round) {
    const int level = round % 2;
    const i64vec3 size = source.pyramid({}).levels[level].sizeVoxels;
    VoxelBox box;
    for (int axis = 0; axis < 3; ++axis) {
      box.begin[axis] = static_cast<std::int64_t>(random() % size[axis]);
      box.end[axis] = box.begin[axis] + 1 + static_cast<std::int64_t>(random() % (size[axis] - box.begin[axis]));
    }
    const std::vector<std::byte> voxels = readBox(source, {}, level, box, 1 + round % 4);
    const i64vec3 extent = box.size();
    REQUIRE(voxels.size() == static_cast<std::size_t>(extent.x * extent.y * extent.z * 2));
    std::size_t i = 0;
    bool same = true;
    for (std::int64_t z = box.begin.z; z < box.end.z; ++z)
      for (std::int64_t y = box.begin.y; y < box.end.y; ++y)
        for (std::int64_t x = box.begin.x; x < box.end.x; ++x, i += 2) {
          std::int16_t voxel;
          std::memcpy(&voxel, &voxels[i], 2);
          same = same && voxel == FakeSource::value(level, {x, y, z});
        }
    REQUIRE(same);
  }
}

TEST_CASE("reading a box skips chunks that are not stored and names the one that can't be read") {
  FakeSource source(VoxelType::uint8, {64, 16, 16}, {dvec3(1)}, ivec3(16));
  source.leaveOut({.image = {}, .level = 0, .chunk = {1, 0, 0}});
  const VoxelBox whole{.begin = i64vec3(0), .end = {64, 16, 16}};
  const std::vector<std::byte> voxels = readBox(source, {}, 0, whole, 3);
  CHECK(static_cast<int>(voxels[15]) == FakeSource::value(0, {15, 0, 0}));
  CHECK(static_cast<int>(voxels[16]) == 0);
  CHECK(static_cast<int>(voxels[31]) == 0);
  CHECK(static_cast<int>(voxels[32]) == FakeSource::value(0, {32, 0, 0}));

  source.failRead({.image = {}, .level = 0, .chunk = {2, 0, 0}}, std::make_exception_ptr(Error("chunk 2 is gone")));
  CHECK_THROWS_MATCHES(readBox(source, {}, 0, whole, 2), Error, Catch::Matchers::Message("chunk 2 is gone"));
  CHECK(readBox(source, {}, 0, {.begin = i64vec3(0), .end = {32, 16, 16}}, 2).size() == 32 * 16 * 16);
}
