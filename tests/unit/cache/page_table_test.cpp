#include "cache/page_table.h"
#include "pyramid/overlap.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <random>
#include <tuple>

using namespace volary;

namespace {

ImagePyramid makePyramid(const i64vec3& size, const std::vector<dvec3>& factors, bool roundUp) {
  ImagePyramid pyramid;
  for (const dvec3& factor : factors) {
    const dvec3 exact = dvec3(size) / factor;
    const i64vec3 levelSize(glm::max(roundUp ? glm::ceil(exact) : glm::floor(exact), dvec3(1.0)));
    pyramid.levels.push_back({.sizeVoxels = levelSize, .factor = factor, .chunkVoxels = ivec3(16)});
  }
  return pyramid;
}

/// The answer without hash or flags: the finest level whose brick is there, whatever is missing above it.
std::optional<std::pair<int, std::uint32_t>> walkNaively(
    const ImagePyramid& pyramid, const std::map<std::tuple<int, int, int, int>, std::uint32_t>& slots,
    const dvec3& edge) {
  for (int l = 0; l < static_cast<int>(pyramid.levels.size()); ++l) {
    const LevelInfo& level = pyramid.levels[l];
    int b[3];
    for (int axis = 0; axis < 3; ++axis) {
      const int grid = static_cast<int>((level.sizeVoxels[axis] + 31) / 32);
      b[axis] = std::clamp(static_cast<int>(std::floor(edge[axis] / level.factor[axis] / 32)), 0, grid - 1);
    }
    const auto at = slots.find({l, b[0], b[1], b[2]});
    if (at != slots.end()) return std::pair{l, at->second};
  }
  return std::nullopt;
}

const std::vector<std::vector<dvec3>> kFactors = {
    {dvec3(1), dvec3(2), dvec3(4), dvec3(8)}, {dvec3(1), dvec3(2, 2, 1), dvec3(4, 4, 2)},
    {dvec3(1), dvec3(2), dvec3(3)},           {dvec3(1), dvec3(1.7, 2.3, 1.0), dvec3(4.1, 3.9, 2.6)},
    {dvec3(2), dvec3(6), dvec3(10, 18, 6)},
};

}  // namespace

TEST_CASE("a point finds the finest brick of the table, whatever is missing above it") {
  std::mt19937 random(7);
  for (const std::vector<dvec3>& factors : kFactors)
    for (const bool roundUp : {false, true})
      for (const int percent : {20, 60, 95}) {
        const i64vec3 size(333, 190, 97);
        const ImagePyramid pyramid = makePyramid(size, factors, roundUp);
        const std::vector<PageTableImage> images = {{.image = {1, 9}, .pyramid = &pyramid},
                                                    {.image = {3, 1}, .pyramid = &pyramid}};
        std::vector<ResidentBrick> bricks;
        std::map<std::tuple<int, int, int, int>, std::uint32_t> slots;
        for (int l = 0; l < static_cast<int>(factors.size()); ++l) {
          const ivec3 grid = brickGrid(pyramid.levels[l]);
          for (int i = 0; i < grid.x * grid.y * grid.z; ++i) {
            if (static_cast<int>(random() % 100) >= percent) continue;
            const ivec3 b(i % grid.x, i / grid.x % grid.y, i / (grid.x * grid.y));
            const auto slot = static_cast<std::uint32_t>(bricks.size());
            bricks.push_back({.key = {.image = {3, 1}, .level = l, .brick = b}, .slot = slot});
            slots[{l, b.x, b.y, b.z}] = slot;
          }
        }
        const PageTable table = makePageTable(images, bricks);
        CHECK(std::has_single_bit(table.entries.size()));
        CHECK(table.entries.size() >= 2 * bricks.size());

        for (int i = 0; i < 4000; ++i) {
          const dvec3 unit(random() / 4294967296.0, random() / 4294967296.0, random() / 4294967296.0);
          const dvec3 edge = unit * dvec3(size);
          const auto expected = walkNaively(pyramid, slots, edge);
          const std::optional<FoundBrick> found = findSlot(table, 1, pyramid, edge);
          REQUIRE(found.has_value() == expected.has_value());
          if (found) {
            REQUIRE(found->level == expected->first);
            REQUIRE(found->slot == expected->second);
          }
          REQUIRE(!findSlot(table, 0, pyramid, edge));
        }
      }
}

TEST_CASE("with its ghosts the page table has the entries that it has when all is resident, but for their slots") {
  std::mt19937 random(5);
  for (const std::vector<dvec3>& factors : kFactors) {
    const ImagePyramid pyramid = makePyramid({333, 190, 97}, factors, true);
    const std::vector<PageTableImage> images = {{.image = {0, 0}, .pyramid = &pyramid}};
    std::vector<ResidentBrick> all, resident;
    std::vector<BrickKey> ghosts;
    for (int l = 0; l < static_cast<int>(factors.size()); ++l) {
      const ivec3 grid = brickGrid(pyramid.levels[l]);
      for (int i = 0; i < grid.x * grid.y * grid.z; ++i) {
        if (random() % 3 == 0) continue;
        all.push_back({.key = {.level = l, .brick = {i % grid.x, i / grid.x % grid.y, i / (grid.x * grid.y)}},
                       .slot = static_cast<std::uint32_t>(all.size())});
        if (random() % 2 == 0)
          resident.push_back(all.back());
        else
          ghosts.push_back(all.back().key);
      }
    }
    const PageTable whole = makePageTable(images, all), partial = makePageTable(images, resident, ghosts);
    std::size_t seen = 0, marked = 0;
    for (int l = 0; l < static_cast<int>(factors.size()); ++l) {
      const ivec3 grid = brickGrid(pyramid.levels[l]);
      for (int i = 0; i < grid.x * grid.y * grid.z; ++i) {
        const ivec3 b(i % grid.x, i / grid.x % grid.y, i / (grid.x * grid.y));
        const shared::PageTableEntry* expected = findEntry(whole, 0, l, b);
        const shared::PageTableEntry* entry = findEntry(partial, 0, l, b);
        REQUIRE((entry == nullptr) == (expected == nullptr));
        if (!entry) continue;
        ++seen;
        CHECK(entry->flags == expected->flags);
        if (entry->slot < shared::kPageTableGhost || entry->slot == shared::kPageTableBridge) {
          CHECK(entry->slot == expected->slot);
          continue;
        }
        ++marked;
        CHECK(ghosts.at(entry->slot - shared::kPageTableGhost) == BrickKey{.level = l, .brick = b});
      }
    }
    CHECK(seen >= all.size());
    CHECK(marked == ghosts.size());
    // A point is drawn from the finest brick that is there.
    const PageTable withoutGhosts = makePageTable(images, resident);
    for (int i = 0; i < 2000; ++i) {
      const dvec3 edge = dvec3(random() % 33300, random() % 19000, random() % 9700) / 100.0;
      const auto expected = findSlot(withoutGhosts, 0, pyramid, edge), found = findSlot(partial, 0, pyramid, edge);
      REQUIRE(found.has_value() == expected.has_value());
      if (found) REQUIRE(found->slot == expected->slot);
    }
  }
}

TEST_CASE("no lookup needs more probes than the page table says") {
  const ImagePyramid pyramid = makePyramid({4096, 4096, 4096}, {dvec3(1)}, false);
  const std::vector<PageTableImage> images = {{.image = {}, .pyramid = &pyramid}};
  std::vector<ResidentBrick> bricks;
  for (int i = 0; i < 6500; ++i)
    bricks.push_back({.key = {.image = {}, .level = 0, .brick = {i % 20, i / 20 % 20, i / 400}},
                      .slot = static_cast<std::uint32_t>(i)});
  const PageTable table = makePageTable(images, bricks);
  std::uint32_t longest = 0;
  for (const ResidentBrick& brick : bricks) {
    const glm::uvec3 key = shared::packPageKey(0, 0, glm::uvec3(brick.key.brick));
    std::uint32_t at = shared::hashPageKey(key);
    std::uint32_t probes = 1;
    const auto entry = [&]() -> const shared::PageTableEntry& {
      return table.entries[at & (table.entries.size() - 1)];
    };
    while (entry().key0 != key.x || entry().key1 != key.y || entry().key2 != key.z ||
           entry().slot == shared::kPageTableEmpty) {
      ++at;
      ++probes;
      REQUIRE(probes <= table.maxProbe);
    }
    CHECK(entry().slot == brick.slot);
    longest = std::max(longest, probes);
  }
  CHECK(longest == table.maxProbe);
  // A regular grid of bricks, the usual case, must not cluster.
  CHECK(table.maxProbe <= 24);
}

TEST_CASE("an empty page table finds nothing") {
  const ImagePyramid pyramid = makePyramid({100, 100, 100}, {dvec3(1)}, false);
  const PageTable table = makePageTable({}, {});
  CHECK(table.maxProbe == 0);
  CHECK(!findSlot(table, 0, pyramid, dvec3(50)));
}

TEST_CASE("overlap is mutual, and a point's bricks of two levels overlap") {
  std::mt19937 random(11);
  for (const std::vector<dvec3>& factors : kFactors)
    for (const bool roundUp : {false, true}) {
      const ImagePyramid pyramid = makePyramid({700, 333, 120}, factors, roundUp);
      for (std::size_t l = 1; l < factors.size(); ++l) {
        const LevelInfo& fine = pyramid.levels[l - 1];
        const LevelInfo& coarse = pyramid.levels[l];
        const auto inside = [](const BrickRange& range, const ivec3& b) {
          return glm::all(glm::greaterThanEqual(b, range.begin)) && glm::all(glm::lessThan(b, range.end));
        };
        for (int i = 0; i < 1000; ++i) {
          const dvec3 edge = dvec3(random() % 70000, random() % 33300, random() % 12000) / 100.0 + 0.001;
          const ivec3 f = brickAt(fine, edge);
          const ivec3 c = brickAt(coarse, edge);
          REQUIRE(inside(overlappingBricks(fine, f, coarse), c));
          REQUIRE(inside(overlappingBricks(coarse, c, fine), f));
          const BrickRange above = overlappingBricks(fine, f, coarse);
          if (bricksNest(fine, coarse)) REQUIRE(above.end - above.begin == ivec3(1));
        }
      }
    }
  CHECK(bricksNest({.sizeVoxels = {9, 9, 9}, .factor = dvec3(2)}, {.sizeVoxels = {3, 3, 3}, .factor = dvec3(6)}));
  CHECK(!bricksNest({.sizeVoxels = {9, 9, 9}, .factor = dvec3(2)}, {.sizeVoxels = {6, 6, 6}, .factor = dvec3(3)}));
}
