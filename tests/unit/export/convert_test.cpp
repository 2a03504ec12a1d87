#include "export/convert.h"
#include "base/bytes.h"
#include "base/error.h"
#include "build/block_plan.h"
#include "build/level_proposal.h"
#include "formats/open.h"
#include "support/files/read_level.h"
#include "support/files/test_files.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cstring>
#include <map>
#include <random>
#include <set>

using namespace volary;
using namespace volary::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

namespace {

template <typename T>
std::vector<std::byte> bytesOf(const std::vector<T>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

__extension__ using Int128 = __int128;

// One coarse voxel, from nothing but the definition.
template <typename T>
T naiveVoxel(const std::vector<T>& voxels, const i64vec3& size, const i64vec3& factor, const i64vec3& at,
             Downsampling how) {
  std::map<T, int> counts;
  std::conditional_t<std::is_floating_point_v<T>, double, Int128> sum = 0;
  int count = 0;
  const i64vec3 begin = at * factor;
  const i64vec3 end = glm::min(begin + factor, size);
  for (auto z = begin.z; z < end.z; ++z)
    for (auto y = begin.y; y < end.y; ++y)
      for (auto x = begin.x; x < end.x; ++x, ++count) {
        const T voxel = voxels[static_cast<std::size_t>((z * size.y + y) * size.x + x)];
        ++counts[voxel];
        sum += voxel;
      }
  if (how == Downsampling::max) return counts.rbegin()->first;
  if (how == Downsampling::mean) {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(sum / count);
    } else {
      // The whole number n with n - 1/2 <= sum / count < n + 1/2.
      Int128 n = sum / count - 2;
      while (2 * sum >= (2 * n + 1) * count) ++n;
      return static_cast<T>(n);
    }
  }
  T best = counts.begin()->first;
  for (const auto& [value, times] : counts)
    if (times > counts[best]) best = value;
  return best;
}

// A volume, and the factors of two levels of it.
struct Shape {
  i64vec3 size{13, 9, 11};
  i64vec3 first{2, 1, 3};
  i64vec3 ratio{2, 3, 2};
};

template <typename T>
void compareWithDefinition(VoxelType type, T low, T high, const Shape& shape = {}) {
  std::mt19937_64 random(7);
  const i64vec3 &size = shape.size, &first = shape.first, &ratio = shape.ratio;
  std::vector<T> voxels(static_cast<std::size_t>(size.x * size.y * size.z));
  for (T& voxel : voxels) voxel = static_cast<T>(low + static_cast<T>(random() % 5) * ((high - low) / T(4)));
  const VoxelBox whole{.begin = i64vec3(0), .end = size};
  for (const Downsampling how : {Downsampling::mean, Downsampling::max, Downsampling::mode}) {
    // Two levels, the second from the states of the first.
    const MadeLevel made1{.how = how, .voxelType = type, .factor = first},
        made2{.how = how, .voxelType = type, .factor = first * ratio};
    const VoxelBox coarse = coarserBox(whole, first), coarser = coarserBox(coarse, ratio);
    const auto countOf = [](const VoxelBox& box) { return std::size_t(box.size().x * box.size().y * box.size().z); };
    std::vector<std::byte> states(countOf(coarse) * stateBytes(made1)),
        coarserStates(countOf(coarser) * stateBytes(made2));
    std::vector<std::byte> made(countOf(coarse) * sizeof(T)), madeCoarser(countOf(coarser) * sizeof(T));
    // In two pieces, the first of which ends at a whole coarse voxel.
    for (const auto& [begin, end] : {std::pair(std::int64_t{0}, 2 * first.z), std::pair(2 * first.z, size.z)}) {
      const std::size_t from = std::size_t(size.x * size.y * begin), to = std::size_t(size.x * size.y * end);
      const VoxelBox piece{.begin = {0, 0, begin}, .end = {size.x, size.y, end}};
      reduceVoxels(made1, {std::as_bytes(std::span(voxels)).subspan(from * sizeof(T), (to - from) * sizeof(T)), piece},
                   {states, coarse}, 2);
    }
    finishVoxels(made1, {states, coarse}, size, made, 2);
    reduceStates(made1, {states, coarse}, ratio, {coarserStates, coarser}, 1);
    finishVoxels(made2, {coarserStates, coarser}, size, madeCoarser, 1);

    std::vector<T> level1(made.size() / sizeof(T)), level2(madeCoarser.size() / sizeof(T));
    std::memcpy(level1.data(), made.data(), made.size());
    std::memcpy(level2.data(), madeCoarser.data(), madeCoarser.size());
    INFO(voxelTypeName(type) << " " << downsamplingName(how));
    bool same = true;
    for (std::size_t i = 0; i < level1.size(); ++i) {
      const auto index = static_cast<std::int64_t>(i);
      const i64vec3 at(index % coarse.end.x, index / coarse.end.x % coarse.end.y,
                       index / (coarse.end.x * coarse.end.y));
      same = same && level1[i] == naiveVoxel(voxels, size, first, at, how);
    }
    CHECK(same);
    same = true;
    for (std::size_t i = 0; i < level2.size(); ++i) {
      const auto index = static_cast<std::int64_t>(i);
      const i64vec3 at(index % coarser.end.x, index / coarser.end.x % coarser.end.y,
                       index / (coarser.end.x * coarser.end.y));
      // The mode is taken from the level before, the others from level 0.
      same = same && level2[i] == (how == Downsampling::mode ? naiveVoxel(level1, coarse.end, ratio, at, how)
                                                             : naiveVoxel(voxels, size, first * ratio, at, how));
    }
    CHECK(same);
  }
}

std::vector<LevelInfo> makeLevels(const i64vec3& size, const std::vector<LevelShape>& shapes) {
  std::vector<LevelInfo> levels;
  for (const LevelShape& shape : shapes)
    levels.push_back(
        {.sizeVoxels = ceilDiv(size, shape.factor), .factor = dvec3(shape.factor), .chunkVoxels = shape.chunkVoxels});
  return levels;
}

}  // namespace

TEST_CASE("coarser levels are what their definition says, to the last bit") {
  compareWithDefinition<std::uint8_t>(VoxelType::uint8, 0, 255);
  compareWithDefinition<std::int8_t>(VoxelType::int8, -128, -1);
  compareWithDefinition<std::uint16_t>(VoxelType::uint16, 0, 65535);
  compareWithDefinition<std::int16_t>(VoxelType::int16, -32768, 99);
  compareWithDefinition<std::uint32_t>(VoxelType::uint32, 0, 4294967295u);
  compareWithDefinition<std::int32_t>(VoxelType::int32, -2147483647, -3);
  // Sums of these need more than 64 bits.
  compareWithDefinition<std::uint64_t>(VoxelType::uint64, 0, ~std::uint64_t{0});
  compareWithDefinition<std::int64_t>(VoxelType::int64, -(std::int64_t{1} << 62), 99);
  compareWithDefinition<float>(VoxelType::float32, -3.0f, 5.0f);
  compareWithDefinition<double>(VoxelType::float64, -3.0, 5.0);
}

TEST_CASE("sums are as exact where they outgrow twice the bits of a voxel, and just before that") {
  const Shape bytes{.size = {35, 19, 13}, .first = {8, 8, 4}, .ratio = {2, 1, 2}};
  compareWithDefinition<std::uint8_t>(VoxelType::uint8, 255, 255, bytes);
  compareWithDefinition<std::uint8_t>(VoxelType::uint8, 0, 255, bytes);
  compareWithDefinition<std::int8_t>(VoxelType::int8, -128, -128, bytes);
  const Shape words{.size = {130, 40, 66}, .first = {64, 32, 32}, .ratio = {2, 1, 1}};
  compareWithDefinition<std::uint16_t>(VoxelType::uint16, 65535, 65535, words);
  compareWithDefinition<std::int16_t>(VoxelType::int16, -32768, -32768, words);
  CHECK(stateBytes({.voxelType = VoxelType::uint16, .factor = {64, 32, 32}}) == 4);
  CHECK(stateBytes({.voxelType = VoxelType::uint16, .factor = {128, 32, 32}}) == 8);
}

TEST_CASE("levels are proposed as BigDataViewer does, sparing the long axis of the voxel") {
  const auto isotropic = proposeLevels({1000, 600, 300}, dvec3(1), kBdvChunkVoxels);
  CHECK(isotropic ==
        std::vector<LevelShape>{{i64vec3(1), ivec3(16)}, {i64vec3(2), ivec3(16)}, {i64vec3(4), ivec3(16)}});
  const auto flat = proposeLevels({2048, 2048, 60}, dvec3(0.2, 0.2, 1.0), kBdvChunkVoxels);
  CHECK(flat ==
        std::vector<LevelShape>{
            {{1, 1, 1}, {32, 32, 4}}, {{2, 2, 1}, {32, 16, 8}}, {{4, 4, 1}, {16, 16, 16}}, {{8, 8, 2}, {16, 16, 16}}});
  // The size divided by the factor is rounded down before it is compared with 256.
  CHECK(proposeLevels({513, 1, 1}, dvec3(1), kBdvChunkVoxels).size() == 2);
  CHECK(proposeChunk(dvec3(1, 1, 1000), kBdvChunkVoxels) == ivec3(64, 64, 1));
  CHECK(proposeChunk(dvec3(1), kZarrChunkVoxels) == ivec3(64));
}

TEST_CASE("blocks cover every chunk of every level once, within the memory") {
  struct Case {
    i64vec3 size;
    std::vector<LevelShape> shapes;
    ivec3 sourceChunk;
    i64vec3 begin;
    std::uint64_t memory;
  };
  const Case cases[] = {
      {{700, 500, 300}, proposeLevels({700, 500, 300}, dvec3(1), kBdvChunkVoxels), ivec3(16), i64vec3(0), 64 * kMiB},
      {{700, 500, 300},
       proposeLevels({700, 500, 300}, dvec3(1), kBdvChunkVoxels),
       ivec3(16),
       i64vec3(5, 3, 1),
       2 * kMiB},
      {{300, 300, 90},
       {{i64vec3(1), ivec3(10)}, {{2, 1, 1}, {7, 20, 3}}, {{6, 3, 1}, ivec3(16)}},
       ivec3(300, 300, 1),
       i64vec3(0),
       24 * kMiB},
      {{5, 4, 3}, proposeLevels({5, 4, 3}, dvec3(1), kBdvChunkVoxels), ivec3(64), i64vec3(0), 16 * kMiB},
  };
  for (const Case& c : cases) {
    const BlockPlanInput input{.levels = makeLevels(c.size, c.shapes),
                               .sourceChunk = c.sourceChunk,
                               .sourceBegin = c.begin,
                               .memoryBytes = c.memory};
    const auto stages = planBlocks(input);
    int nextLevel = 0;
    for (const BlockStage& stage : stages) {
      CHECK(stage.firstLevel == nextLevel);
      nextLevel = stage.lastLevel + 1;
      CHECK(blockBytes(input, stage) <= c.memory);
      for (int level = stage.firstLevel; level <= stage.lastLevel; ++level) {
        std::int64_t voxels = 0;
        for (std::int64_t block = 0; block < stage.blockCount(); ++block) {
          const VoxelBox box = blockBox(input.levels, stage, block, level);
          voxels += box.size().x * box.size().y * box.size().z;
          // Whole chunks except at the level's end.
          CHECK(box.begin % i64vec3(input.levels[level].chunkVoxels) == i64vec3(0));
          for (int axis = 0; axis < 3; ++axis)
            CHECK((box.end[axis] % input.levels[level].chunkVoxels[axis] == 0 ||
                   box.end[axis] == input.levels[level].sizeVoxels[axis]));
        }
        const i64vec3 size = input.levels[level].sizeVoxels;
        CHECK(voxels == size.x * size.y * size.z);
      }
    }
    CHECK(nextLevel == static_cast<int>(c.shapes.size()));
  }
}

TEST_CASE("planes of a stack are decoded once: blocks grow to whole planes") {
  const auto levels = makeLevels({3000, 2000, 400}, proposeLevels({3000, 2000, 400}, dvec3(1), kBdvChunkVoxels));
  const auto stages = planBlocks({.levels = levels, .sourceChunk = ivec3(3000, 2000, 1), .memoryBytes = 1536 * kMiB});
  CHECK(stages[0].blockVoxels.x == 3000);
  CHECK(stages[0].blockVoxels.y == 2000);
  CHECK(stages[0].blockVoxels.z < 400);
}

TEST_CASE("too little memory is told, with how much would do") {
  const auto levels = makeLevels(i64vec3(4000), {{i64vec3(1), ivec3(512)}});
  CHECK_THROWS_MATCHES(planBlocks({.levels = levels, .memoryBytes = 16 * kMiB}), Error,
                       MessageMatches(ContainsSubstring("would do")));
}

TEST_CASE("many small blocks and one large give the same voxels at every level") {
  const TemporaryFolder folder;
  const auto source = openSource("synthetic:embryo?size=210x150x130");
  const std::vector<i64vec3> factors = {{1, 1, 1}, {2, 2, 2}, {4, 4, 2}, {8, 8, 4}, {16, 16, 8}};
  for (const Downsampling how : {Downsampling::mean, Downsampling::max, Downsampling::mode}) {
    convertDataset(*source, folder / "large.xml", {.how = how, .factors = factors, .ifExists = IfExists::replace});
    convertDataset(
        *source, folder / "small.xml",
        {.how = how, .factors = factors, .memoryBytes = 600 * kKiB, .threads = 3, .ifExists = IfExists::replace});
    const auto large = openSource((folder / "large.xml").string());
    const auto small = openSource((folder / "small.xml").string());
    for (int setup = 0; setup < 2; ++setup)
      for (int level = 0; level < 5; ++level)
        CHECK(readLevel(*large, {setup, 0}, level) == readLevel(*small, {setup, 0}, level));
  }
}
