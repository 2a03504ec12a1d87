// Planes of a growing stack that are looked at: sidecar/plane_layers.h.
#include "base/error.h"
#include "paging/pager.h"
#include "sidecar/sidecar_source.h"
#include "streaming/loader.h"
#include "support/files/sidecar_place.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cmath>
#include <map>
#include <thread>

using namespace volary;
using namespace volary::test;
using State = SidecarStatus::State;

TEST_CASE("a plane that is looked at costs the planes that its layers stand for, and looks as it will in the end") {
  Place place;
  place.settings.threads = 1;
  Opened opened(place, VoxelType::uint16);
  const ChunkKey corner{};  // neither the preview nor the plane needs it: the build hangs there
  opened.native->hold(corner);
  const ImagePyramid& growing = opened.pyramid();
  const LevelInfo& level = growing.levels[1];
  waitUntil("there is a preview", [&] { return opened.sidecar->isMade({.level = 3}); });
  opened.native->waitForHeld(1);
  const int before = opened.native->totalDecodes();

  // Layers 14 and 15 of level 1: planes 28 to 31, in chunks of 32 x 16 x 8.
  const BrickKey brick{.level = 1, .brick = {2, 0, 0}}, other{.level = 1, .brick = {2, 0, 1}};
  CHECK(opened.sidecar->standIn(brick) == 0);
  const PlaneInView plane{.level = 1, .begin = {0, 0, 14}, .end = {level.sizeVoxels.x, level.sizeVoxels.y, 16}};
  opened.sidecar->preferPlanes({&plane, 1});
  waitUntil("the plane's layers are read", [&] { return opened.sidecar->standIn(brick) != 0; });
  CHECK(opened.sidecar->standIn(other) == 0);
  CHECK(opened.native->totalDecodes() - before <= 19 * 3);
  CHECK(opened.sidecar->workBytes() > buildBytes(*planSidecar(*opened.native, {}, kOverviewVoxels), place.settings));

  std::size_t wrong = 0, rough = 0;
  DecodeScratch scratch;
  std::vector<std::uint16_t> voxels(std::size_t(level.chunkVoxels.x * level.chunkVoxels.y * level.chunkVoxels.z));
  for (std::int64_t cx = 0; cx < ceilDiv(level.sizeVoxels.x, std::int64_t{level.chunkVoxels.x}); ++cx) {
    const ChunkKey key{.level = 1, .chunk = {cx, 0, 0}};
    CHECK_FALSE(opened.sidecar->isMade(key));
    opened.sidecar->decodeChunk(key, opened.sidecar->readChunk(key), std::as_writable_bytes(std::span(voxels)),
                                scratch);
    for (std::int64_t z = 0; z < level.sizeVoxels.z && z < level.chunkVoxels.z; ++z)
      for (std::int64_t y = 0; y < level.sizeVoxels.y; ++y)
        for (std::int64_t x = 0; x < level.chunkVoxels.x && cx * level.chunkVoxels.x + x < level.sizeVoxels.x; ++x) {
          const auto voxel = voxels[std::size_t((z * level.chunkVoxels.y + y) * level.chunkVoxels.x + x)];
          const bool differs =
              voxel != static_cast<std::uint16_t>(std::floor(meanOf({cx * level.chunkVoxels.x + x, y, z}, 2) + 0.5));
          (z == 14 || z == 15 ? wrong : rough) += differs;
        }
  }
  CHECK(wrong == 0);
  CHECK(rough > 0);

  // When nobody looks at it any more, it is forgotten; once made, it is like any level.
  opened.sidecar->preferPlanes({});
  CHECK(opened.sidecar->standIn(brick) == 0);
  opened.native->release(corner);
  REQUIRE(opened.wait().state == State::ready);
  CHECK(opened.sidecar->standIn(brick) == 0);
  CHECK(opened.sidecar->workBytes() == 0);
  checkMeans<std::uint16_t>(*opened.sidecar, 1, 2);
}

TEST_CASE("of a stack an XY plane is on the screen when its layers' planes were read, and gives way to the levels") {
  Place place;
  place.settings.threads = 1;
  const i64vec3 size(520, 520, 700);
  const Opened opened(place, VoxelType::uint8, size, ivec3(520, 520, 1));
  SidecarSource& sidecar = *opened.sidecar;
  // The first plane of each block, where the build hangs; the preview has none of them.
  const std::int64_t depth = planSidecar(*opened.native, {}, kOverviewVoxels)->stages[0].blockVoxels.z;
  for (std::int64_t z = 0; z < size.z; z += depth) opened.native->hold({.chunk = {0, 0, z}});
  const ImagePyramid& growing = sidecar.pyramid({});
  const int previewLevel = static_cast<int>(growing.levels.size()) - 1;
  waitUntil("there is a preview", [&] { return sidecar.isMade({.level = previewLevel}); });

  // Plane 300, as level 1 shows it.
  Pager pager(sidecar, {.threads = 1, .niceness = 0}, 400);
  WantedSet wanted{.levelCount = previewLevel + 1};
  for (const BrickKey& key : allBricks(growing, {}))
    if (key.level == previewLevel || (key.level == 1 && key.brick.z == 300 / 2 / kBrickPayload))
      wanted.bricks.push_back({.key = key, .leaf = key.level == 1, .coarsest = key.level == previewLevel});
  wanted.planes = {{.image = {}, .z = 300.5}};
  const std::size_t bricks = wanted.bricks.size();
  REQUIRE(bricks > 100);
  const int before = opened.native->totalDecodes();
  pager.setWanted(wanted);
  const auto update = [&]() -> const PagerFrame& {
    pager.waitForBrick(std::chrono::milliseconds(10));
    return pager.update(100);
  };
  waitUntil("every brick of the plane is resident", [&] { return update().resident.size() == bricks; });
  CHECK(opened.native->totalDecodes() - before == 4);  // two layers, each of two planes
  CHECK(update().missing == bricks - 32);              // the levels are still to be made

  opened.native->releaseAll();
  REQUIRE(sidecar.waitFor({}).state == State::ready);
  std::map<std::uint32_t, std::vector<std::byte>> slots;
  waitUntil("the levels are resident", [&] {
    const PagerFrame& frame = update();
    for (const BrickUpload& upload : frame.uploads) slots[upload.slot] = upload.voxels;
    return frame.missing == 0;
  });
  Loader loader(sidecar, {.threads = 1, .niceness = 0});
  const BrickKey middle{.level = 1, .brick = {4, 4, 300 / 2 / kBrickPayload}};
  loader.replaceRequests({&middle, 1});
  REQUIRE(loader.waitForFinished(kPatience));
  CHECK(slots[*pager.cache().find(middle)] == loader.takeFinished(1).front().voxels);
}

TEST_CASE("a plane that can't be read is left to the levels, which tell of it") {
  Place place;
  place.settings.threads = 1;
  Opened opened(place, VoxelType::uint8);
  const ChunkKey damaged{.chunk = {3, 1, 3}};  // which the preview does not need
  opened.native->failRead(damaged, std::make_exception_ptr(Error("damaged")));
  const ChunkKey corner{};
  opened.native->hold(corner);
  opened.pyramid();
  waitUntil("there is a preview", [&] { return opened.sidecar->isMade({.level = 3}); });
  const PlaneInView plane{.level = 1, .begin = {0, 0, 14}, .end = {300, 23, 16}};
  opened.sidecar->preferPlanes({&plane, 1});
  waitUntil("the plane has met the chunk", [&] { return opened.native->reads(damaged) > 0; });
  CHECK(opened.sidecar->status({}).state == State::building);
  opened.native->release(corner);
  const SidecarStatus status = opened.wait();
  CHECK(status.state == State::failed);
  CHECK(status.problem.find("damaged") != std::string::npos);
}
