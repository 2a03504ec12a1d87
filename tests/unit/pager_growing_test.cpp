// Paging of a source that makes its coarser levels while it is shown.
#include "paging/pager.h"
#include "support/growing_source.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace volary;
using namespace std::chrono_literals;

namespace {

/// 128^3 in two levels and a stand-in; chunks as large as a brick, so that a brick of level 1 touches all eight of its level.
test::GrowingSource makeSource() {
  return {VoxelType::uint8, {128, 128, 128}, {dvec3(1), dvec3(2), dvec3(8)}, {32, 32, 32}};
}

WantedBrick brick(int level, const ivec3& at, bool leaf) { return {.key = {.level = level, .brick = at}, .leaf = leaf}; }

/// The stand-in's brick, two of level 1 and one of level 0.
WantedSet makeWanted() {
  WantedSet wanted{.levelCount = 3};
  wanted.bricks = {brick(2, {0, 0, 0}, false), brick(1, {0, 0, 0}, false), brick(1, {1, 1, 1}, true), brick(0, {0, 0, 0}, true)};
  wanted.bricks.front().coarsest = true;
  return wanted;
}

/// Updates until `missing` bricks are.
const PagerFrame& settle(Pager& pager, std::uint32_t missing) {
  while (true) {
    const PagerFrame& frame = pager.update(3);
    CHECK(frame.newErrors.empty());
    if (frame.missing <= missing) return frame;
    REQUIRE(pager.waitForBrick(10s));
  }
}

}  // namespace

TEST_CASE("what is not made yet is missing, and nobody asks for it") {
  test::GrowingSource source = makeSource();
  Pager pager(source, {.threads = 2}, 32);
  pager.setWanted(makeWanted());
  const PagerFrame& frame = settle(pager, 2);
  CHECK((frame.missing == 2 && frame.unmade == 2));
  CHECK((frame.coarsestComplete && frame.resident.size() == 2));
  CHECK(source.totalReads() == 1 + 8);   // the stand-in, and what a brick at the corner touches of level 0
  // The leaf is what is looked at.
  CHECK(source.preferred.size() == 8);
  CHECK(std::ranges::all_of(source.preferred, [](const ChunkKey& key) { return key.level == 1; }));
  const PagerFrame& still = pager.update(3);
  CHECK((!still.changed && still.missing == 2));
}

TEST_CASE("a brick is asked for once all its chunks are made, and not before") {
  test::GrowingSource source = makeSource();
  Pager pager(source, {.threads = 2}, 32);
  pager.setWanted(makeWanted());
  settle(pager, 2);
  const int before = source.totalReads();
  i64vec3 c;
  for (c.z = 0; c.z < 2; ++c.z)
    for (c.y = 0; c.y < 2; ++c.y)
      for (c.x = 0; c.x < 2; ++c.x) {
        CHECK(pager.update(3).unmade == 2);
        CHECK(source.totalReads() == before);
        source.make({.level = 1, .chunk = c});
      }
  const PagerFrame& frame = settle(pager, 0);
  CHECK((frame.unmade == 0 && frame.resident.size() == 4));
  CHECK(source.preferred.empty());
}

TEST_CASE("a brick of the stand-in that is asked for while it goes is neither shown nor failed") {
  test::GrowingSource source = makeSource();
  Pager pager(source, {.threads = 1}, 32);
  source.holdAll();
  WantedSet wanted = makeWanted();
  std::ranges::reverse(wanted.bricks);   // the only worker hangs at level 0
  pager.setWanted(wanted);
  pager.update(3);
  source.waitForHeld(1);
  source.finish();
  source.releaseAll();
  const PagerFrame& frame = settle(pager, 1);   // not asked for any more
  CHECK(frame.failed == 0);
  CHECK(frame.unmade == 1);
}

TEST_CASE("nothing is loaded ahead that is not made yet") {
  test::GrowingSource source = makeSource();
  Pager pager(source, {.threads = 2}, 32);
  WantedSet wanted = makeWanted();
  wanted.bricks.resize(1);
  pager.setWanted(wanted);
  const std::vector<BrickKey> ahead = {{.level = 1, .brick = {0, 0, 0}}, {.level = 0, .brick = {0, 0, 0}}};
  pager.setAhead(ahead);
  settle(pager, 0);
  while (pager.update(3).aheadPending > 0) REQUIRE(pager.waitForBrick(10s));
  CHECK(pager.aheadCounts().loaded == 1);
}
