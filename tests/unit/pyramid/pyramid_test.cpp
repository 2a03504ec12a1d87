#include "pyramid/brick.h"
#include "pyramid/level_transform.h"
#include "pyramid/page_voxel.h"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include <cstring>
#include <vector>

using namespace volary;

TEST_CASE("edge space differs between levels by the factor alone") {
  const dvec3 factor(1.0, 2.0, 3.5);
  const dvec3 levelVoxel(7.0, 0.0, 11.0);
  const dvec3 voxel = transformPoint(voxelFromLevelVoxel(factor), levelVoxel);
  CHECK(voxel == dvec3(7.0, 0.5, 39.75));
  CHECK(voxel + 0.5 == factor * (levelVoxel + 0.5));
}

TEST_CASE("the bricks of a level cover it once and end where it ends") {
  const LevelInfo level{.sizeVoxels = {65, 32, 1}, .factor = {2, 2, 1}, .chunkVoxels = {16, 16, 4}};
  CHECK(brickGrid(level) == ivec3(3, 1, 1));
  CHECK(brickEdgeBox(level, {2, 0, 0}).min == dvec3(128, 0, 0));
  CHECK(brickEdgeBox(level, {2, 0, 0}).max == dvec3(130, 64, 1));
}

TEST_CASE("a brick touches the chunks of its payload and of its border, inside the level") {
  const LevelInfo level{.sizeVoxels = {100, 100, 20}, .factor = dvec3(1), .chunkVoxels = {16, 16, 16}};
  const ChunkRange first = chunksOfBrick(level, {0, 0, 0});
  CHECK(first.begin == i64vec3(0, 0, 0));
  CHECK(first.end == i64vec3(3, 3, 2));
  const ChunkRange last = chunksOfBrick(level, {3, 1, 0});
  CHECK(last.begin == i64vec3(5, 1, 0));
  CHECK(last.end == i64vec3(7, 5, 2));
}

TEST_CASE("page voxels give the value back through the texel scale") {
  const std::int16_t from[] = {-32768, -1, 0, 12345, 32767};
  std::vector<std::uint16_t> to(5);
  convertToPage(VoxelType::int16, reinterpret_cast<const std::byte*>(from), reinterpret_cast<std::byte*>(to.data()), 5);
  const TexelScale scale = valueFromTexel(VoxelType::int16);
  for (int i = 0; i < 5; ++i) CHECK(to[i] / 65535.0 * scale.scale + scale.offset == Catch::Approx(from[i]));

  const std::uint32_t labels[] = {0, 7, 1u << 24};
  std::vector<float> page(3);
  convertToPage(VoxelType::uint32, reinterpret_cast<const std::byte*>(labels),
                reinterpret_cast<std::byte*>(page.data()), 3);
  CHECK(page == std::vector<float>{0, 7, 16777216});
}

TEST_CASE("voxel types are found by their name") {
  for (const char* name :
       {"uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"})
    CHECK(voxelTypeName(findVoxelType(name).value()) == name);
  CHECK(!findVoxelType("complex64"));
  CHECK(naturalRange(VoxelType::int16) == ValueRange{-32768, 32767});
}

TEST_CASE("page voxels in a wider format are the same texels") {
  std::vector<std::byte> bytes;
  for (int v = 0; v < 256; ++v) bytes.push_back(static_cast<std::byte>(v));
  const auto sixteen = widenPage(bytes, PageFormat::r8, PageFormat::r16);
  const auto wide = widenPage(bytes, PageFormat::r8, PageFormat::r32f);
  const auto wider = widenPage(sixteen, PageFormat::r16, PageFormat::r32f);
  REQUIRE(sixteen.size() == 512);
  REQUIRE(wide.size() == 1024);
  CHECK(wide == wider);
  for (int v = 0; v < 256; ++v) {
    float texel;
    std::memcpy(&texel, wide.data() + 4 * v, 4);
    CHECK(texel == static_cast<float>(v / 255.0));
  }
}
