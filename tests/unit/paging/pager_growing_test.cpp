// Paging of a source that makes its coarser levels while it is shown.
#include "paging/pager.h"
#include "support/fakes/growing_source.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <optional>

using namespace volary;
using test::kPatience;

namespace {

/// 128^3 in two levels and a stand-in; chunks as large as a brick, so that a brick of level 1 touches all eight of its
/// level.
test::GrowingSource makeSource() {
  return {VoxelType::uint8, {128, 128, 128}, {dvec3(1), dvec3(2), dvec3(8)}, {32, 32, 32}};
}

WantedBrick brick(int level, const ivec3& at, bool leaf) {
  return {.key = {.level = level, .brick = at}, .leaf = leaf};
}

/// The stand-in's brick, two of level 1 and one of level 0.
WantedSet makeWanted() {
  WantedSet wanted{.levelCount = 3};
  wanted.bricks = {brick(2, {0, 0, 0}, false), brick(1, {0, 0, 0}, false), brick(1, {1, 1, 1}, true),
                   brick(0, {0, 0, 0}, true)};
  wanted.bricks.front().coarsest = true;
  return wanted;
}

/// Updates until `missing` bricks are.
const PagerFrame& settle(Pager& pager, std::uint32_t missing) {
  while (true) {
    const PagerFrame& frame = pager.update(3);
    CHECK(frame.newErrors.empty());
    if (frame.missing <= missing) return frame;
    REQUIRE(pager.waitForBrick(kPatience));
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
  CHECK(source.totalReads() == 1 + 8);  // the stand-in, and what a brick at the corner touches of level 0
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
  std::ranges::reverse(wanted.bricks);  // the only worker hangs at level 0
  pager.setWanted(wanted);
  pager.update(3);
  source.waitForHeld(1);
  source.finish();
  source.releaseAll();
  const PagerFrame& frame = settle(pager, 1);  // not asked for any more
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
  while (pager.update(3).aheadPending > 0) REQUIRE(pager.waitForBrick(kPatience));
  CHECK(pager.aheadCounts().loaded == 1);
}

namespace {

/// The value of all voxels of the brick that was uploaded in this frame; nothing if none was, or they differ.
std::optional<int> uploadedValue(const PagerFrame& frame) {
  if (frame.uploads.size() != 1) return std::nullopt;
  const std::vector<std::byte>& voxels = frame.uploads.front().voxels;
  if (std::ranges::any_of(voxels, [&](std::byte b) { return b != voxels.front(); })) return std::nullopt;
  return int(voxels.front());
}

/// Updates until something is uploaded.
const PagerFrame& awaitUpload(Pager& pager) {
  while (true) {
    const PagerFrame& frame = pager.update(1);
    if (!frame.uploads.empty()) return frame;
    REQUIRE(pager.waitForBrick(kPatience));
  }
}

}  // namespace

TEST_CASE("what stands in for a brick is shown, counts as missing, and gives way to what is better") {
  test::GrowingSource source = makeSource();
  Pager pager(source, {.threads = 2}, 32);
  pager.setWanted(makeWanted());
  settle(pager, 2);
  const BrickKey wanted{.level = 1, .brick = {1, 1, 1}};
  source.offer(wanted, 7);
  CHECK(uploadedValue(awaitUpload(pager)) == 7);
  const PagerFrame& shown = pager.update(1);
  CHECK((shown.resident.size() == 3 && shown.missing == 2 && shown.unmade == 2));
  CHECK(source.preferred.size() == 8);  // it is still to be made

  // The same stand-in is not asked for again; a better one is, and takes the same slot.
  const int reads = source.totalReads();
  pager.setWanted(makeWanted());
  pager.update(1);
  CHECK(source.totalReads() == reads);
  const auto slot = pager.cache().find(wanted);
  source.offer(wanted, 8);
  const PagerFrame& better = awaitUpload(pager);
  CHECK(uploadedValue(better) == 8);
  CHECK(better.uploads.front().slot == slot);

  // The brick is made while a stand-in is read: in the end the made one is shown.
  source.holdAll();
  source.offer(wanted, 9);
  pager.update(1);
  source.waitForHeld(1);
  i64vec3 c;
  for (c.z = 0; c.z < 2; ++c.z)
    for (c.y = 0; c.y < 2; ++c.y)
      for (c.x = 0; c.x < 2; ++c.x) source.make({.level = 1, .chunk = c});
  source.releaseAll();
  std::vector<std::byte> last;
  while (true) {
    const PagerFrame& frame = pager.update(1);
    for (const BrickUpload& upload : frame.uploads)
      if (upload.slot == slot) last = upload.voxels;
    if (frame.missing == 0) break;
    REQUIRE(pager.waitForBrick(kPatience));
  }
  CHECK(last == source.expectedBrick(wanted));
}

TEST_CASE("the source is told which layers of what is not made a plane is seen by") {
  test::GrowingSource source = makeSource();
  Pager pager(source, {.threads = 1}, 32);
  WantedSet wanted = makeWanted();
  wanted.planes = {{.image = {}, .z = 81.0}};  // 40.5 of level 1, the middle of voxel 40
  pager.setWanted(wanted);
  settle(pager, 2);
  REQUIRE(source.planes.size() == 1);
  CHECK(source.planes.front().level == 1);
  CHECK(source.planes.front().begin == i64vec3(31, 31, 40));
  CHECK(source.planes.front().end == i64vec3(64, 64, 42));
  wanted.planes = {{.image = {}, .z = 40.0}};  // in no brick that is looked at
  pager.setWanted(wanted);
  pager.update(1);
  CHECK(source.planes.empty());
}
