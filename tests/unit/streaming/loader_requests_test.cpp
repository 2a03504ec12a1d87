#include "streaming/loader.h"
#include "support/files/loading.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <optional>
#include <random>
#include <set>
#include <thread>

using namespace volary;
using namespace std::chrono_literals;
using namespace volary::test;

TEST_CASE("requests are replaced: what has not begun and is wanted no more is never read") {
  FakeSource source(VoxelType::uint8, {32 * 8, 32, 32}, {dvec3(1)}, ivec3(32));
  source.holdAll();
  Loader loader(source, {.threads = 1});
  request(loader, {brickKey(0, {0, 0, 0}), brickKey(0, {3, 0, 0})});
  source.waitForHeld(1);
  request(loader, {brickKey(0, {6, 0, 0}), brickKey(0, {0, 0, 0})});
  source.releaseAll();
  const std::vector<LoadedBrick> bricks = take(loader, 2);
  CHECK(bricks[0].key == brickKey(0, {0, 0, 0}));
  CHECK(bricks[1].key == brickKey(0, {6, 0, 0}));
  checkNothingMoreComes(loader);
  CHECK(source.reads(chunkKey(0, {3, 0, 0})) == 0);
  CHECK(loader.stats().bricksDropped == 0);
}

TEST_CASE("a brick that is wanted no more is given up between two chunks, and made anew when asked for again") {
  FakeSource source(VoxelType::uint8, {32 * 8, 32, 32}, {dvec3(1)}, ivec3(32));
  source.holdAll();
  Loader loader(source, {.threads = 1});
  // Two chunks: its own, and its neighbour's for the border.
  request(loader, {brickKey(0, {0, 0, 0})});
  source.waitForHeld(1);
  request(loader, {brickKey(0, {6, 0, 0})});
  source.releaseAll();
  CHECK(take(loader, 1)[0].key == brickKey(0, {6, 0, 0}));
  checkNothingMoreComes(loader);
  CHECK(loader.stats().bricksDropped == 1);
  CHECK(loader.stats().bricksFinished == 1);
  CHECK(source.reads(chunkKey(0, {1, 0, 0})) == 0);

  request(loader, {brickKey(0, {0, 0, 0})});
  CHECK(take(loader, 1)[0].voxels == source.expectedBrick(brickKey(0, {0, 0, 0})));
}

TEST_CASE("a brick is dropped or delivered, never both and never neither, however often the requests change") {
  FakeSource source(VoxelType::uint8, {320, 64, 64}, {dvec3(1)}, ivec3(16));
  const std::vector<BrickKey> all = allBricks(source);
  Loader loader(source, {.threads = 4, .hostCacheBytes = 0, .maxFinished = 8});
  std::mt19937 random(7);
  std::uint64_t taken = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<BrickKey> wanted, ahead;
    for (const BrickKey& key : all) {
      const auto lot = random() % 8;
      if (lot == 0) wanted.push_back(key);
      if (lot == 1) ahead.push_back(key);
    }
    request(loader, wanted, ahead);
    taken += loader.takeFinished(random() % 4).size();
  }
  // Whatever was dropped on the way comes when everything is wanted in the end.
  request(loader, all);
  std::set<std::size_t> missing;
  for (std::size_t i = 0; i < all.size(); ++i) missing.insert(i);
  while (!missing.empty()) {
    for (const LoadedBrick& brick : take(loader, 1)) {
      ++taken;
      CHECK(brick.error.empty());
      missing.erase(static_cast<std::size_t>(std::ranges::find(all, brick.key) - all.begin()));
    }
  }
  const LoaderStats stats = loader.stats();
  CHECK(stats.bricksFinished == taken);
  CHECK(stats.inFlight == 0);
}

TEST_CASE("the prefetch list is read once nothing wanted is queued, and gives way between two chunks") {
  FakeSource source(VoxelType::uint8, {32 * 10, 32, 32}, {dvec3(1)}, ivec3(32));
  source.holdAll();
  Loader loader(source, {.threads = 1});
  const BrickKey wanted = brickKey(0, {0, 0, 0}), late = brickKey(0, {9, 0, 0}), ahead = brickKey(0, {4, 0, 0});
  request(loader, {wanted}, {ahead});
  source.waitForHeld(1);
  CHECK(source.reads(chunkKey(0, {3, 0, 0})) == 0);
  source.releaseAll();
  std::vector<LoadedBrick> bricks = take(loader, 2);
  CHECK(bricks[0].key == wanted);
  CHECK(!bricks[0].ahead);
  CHECK(bricks[1].key == ahead);
  CHECK(bricks[1].ahead);
  CHECK(bricks[1].voxels == source.expectedBrick(ahead));
  CHECK(loader.stats().bricksAhead == 1);

  // It is in the making when a wanted one is asked for: the wanted one is delivered first.
  const BrickKey second = brickKey(0, {6, 0, 0});
  source.holdAll();
  request(loader, {}, {second});
  source.waitForHeld(1);
  request(loader, {late}, {second});
  source.releaseAll();
  bricks = take(loader, 2);
  CHECK(bricks[0].key == late);
  CHECK(bricks[1].key == second);
  CHECK(loader.stats().bricksDropped == 1);
}

TEST_CASE("bricks are begun in the order of the requests") {
  FakeSource source(VoxelType::uint8, {320, 64, 32}, {dvec3(1)}, ivec3(16));
  Loader loader(source, {.threads = 1});
  std::vector<BrickKey> keys = allBricks(source);
  std::ranges::reverse(keys);
  request(loader, keys);
  const std::vector<LoadedBrick> bricks = take(loader, keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) CHECK(bricks[i].key == keys[i]);
}

TEST_CASE("a brick in flight, waiting or just taken is not made a second time") {
  FakeSource source(VoxelType::uint8, {96, 32, 32}, {dvec3(1)}, ivec3(32));
  source.holdAll();
  Loader loader(source, {.threads = 2});
  const BrickKey a = brickKey(0, {0, 0, 0});
  const BrickKey c = brickKey(0, {2, 0, 0});
  request(loader, {a, a});
  source.waitForHeld(1);
  request(loader, {a, c, a, c});
  source.waitForHeld(2);
  request(loader, {a, c, a, c});
  source.releaseAll();
  CHECK(take(loader, 2).size() == 2);
  checkNothingMoreComes(loader);
  request(loader, {a});
  CHECK(take(loader, 1)[0].key == a);
}

TEST_CASE("a brick taken since it was requested is not made again") {
  FakeSource source(VoxelType::uint8, {32, 32, 32}, {dvec3(1)}, ivec3(32));
  Loader loader(source, {.threads = 1, .maxFinished = 1});
  request(loader, {brickKey(0, ivec3(0))});
  REQUIRE(loader.waitForFinished(kPatience));
  // The worker pauses until the brick is taken, so it comes to the second request only then.
  request(loader, {brickKey(0, ivec3(0))});
  take(loader, 1);
  checkNothingMoreComes(loader);
}

TEST_CASE("workers pause while too many finished bricks wait to be taken") {
  FakeSource source(VoxelType::uint8, {32 * 12, 32, 32}, {dvec3(1)}, ivec3(16));
  Loader loader(source, {.threads = 4, .maxFinished = 3});
  request(loader, allBricks(source));
  for (std::size_t left = 12; left > 3; --left) {
    waitUntil("three bricks are finished", [&] { return loader.stats().finished >= 3; });
    take(loader, 1);
  }
  CHECK(take(loader, 3).size() == 3);
  checkNothingMoreComes(loader);
  // The most that were finished or in the making at any time: a worker that had gone on would have been counted.
  CHECK(loader.stats().brickPeakBytes == 3 * std::uint64_t{kPaddedBrickVoxels});
}

TEST_CASE("a loader is destroyed in mid-flight, without deadlock and without further reads") {
  for (int round = 0; round < 20; ++round) {
    FakeSource source(VoxelType::uint8, {256, 64, 64}, {dvec3(1)}, ivec3(16));
    source.holdAll();
    std::optional<Loader> loader(std::in_place, source, LoaderSettings{.threads = 4});
    request(*loader, allBricks(source));
    source.waitForHeld(4);
    std::jthread release([&] { source.releaseAll(); });
    loader.reset();
    CHECK(source.readsUnderWay() == 0);  // and nobody is left who could begin one
  }
}

TEST_CASE("a worker that is told to stop ends with the chunk that it reads") {
  FakeSource source(VoxelType::uint8, {32 * 12, 32, 32}, {dvec3(1)}, ivec3(32));
  source.holdAll();
  std::optional<Loader> loader(std::in_place, source, LoaderSettings{.threads = 4});
  // Each has two chunks or three, and shares none.
  request(*loader, {brickKey(0, {0, 0, 0}), brickKey(0, {3, 0, 0}), brickKey(0, {6, 0, 0}), brickKey(0, {9, 0, 0})});
  source.waitForHeld(4);
  loader->setThreads(1);
  source.releaseWaiting();
  waitUntil("the worker that is left reads its next chunk", [&] { return source.totalReads() >= 5; });
  request(*loader, {});
  source.releaseAll();
  loader.reset();
  CHECK(source.totalReads() == 5);
}

TEST_CASE("a loader without requests waits until the time is up") {
  FakeSource source(VoxelType::uint8, {32, 32, 32}, {dvec3(1)}, ivec3(16));
  Loader loader(source, {.threads = 2});
  CHECK(!loader.waitForFinished(1ms));
  CHECK(loader.takeFinished(10).empty());
}
