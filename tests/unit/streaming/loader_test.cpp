#include "streaming/loader.h"
#include "base/error.h"
#include "pyramid/page_voxel.h"
#include "support/files/loading.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstring>
#include <map>
#include <new>
#include <thread>
#include <tuple>

using namespace volary;
using namespace volary::test;

TEST_CASE("bricks hold the level's voxels and repeat its edges, for any chunk shape, type and number of threads") {
  struct Case {
    VoxelType type;
    ivec3 chunk;
    int threads;
  };
  for (const Case& c : {Case{VoxelType::uint8, ivec3(16), 4}, Case{VoxelType::uint16, ivec3(7, 40, 13), 1},
                        Case{VoxelType::int16, ivec3(64, 64, 1), 4}, Case{VoxelType::float32, ivec3(200), 4},
                        Case{VoxelType::uint64, ivec3(33, 31, 32), 2}, Case{VoxelType::float64, ivec3(5), 4}}) {
    FakeSource source(c.type, {97, 64, 35}, {dvec3(1), dvec3(2), dvec3(8, 8, 70)}, c.chunk);
    Loader loader(source, {.threads = c.threads, .hostCacheBytes = 1 << 20, .maxFinished = 8});
    leaveMemory(loader);
    const std::vector<BrickKey> keys = allBricks(source);
    request(loader, keys);
    std::map<std::string, int> delivered;
    for (const LoadedBrick& brick : take(loader, keys.size())) {
      CHECK(brick.error.empty());
      REQUIRE(brick.voxels == source.expectedBrick(brick.key));
      ++delivered[fmt::format("{} {} {} {}", brick.key.level, brick.key.brick.x, brick.key.brick.y, brick.key.brick.z)];
    }
    CHECK(delivered.size() == keys.size());
    checkNothingMoreComes(loader);
    CHECK(loader.stats().bricksFinished == keys.size());
    CHECK(loader.stats().hostCacheBytes <= 1 << 20);
  }
}

TEST_CASE("a chunk that the host cache has no room for is decoded once for all bricks that wait for it") {
  FakeSource source(VoxelType::uint16, {64, 64, 64}, {dvec3(1)}, ivec3(64));
  source.holdAll();
  Loader loader(source, {.threads = 2, .hostCacheBytes = 0, .maxFinished = 16});
  const std::vector<BrickKey> keys = allBricks(source);
  REQUIRE(keys.size() == 8);
  request(loader, keys);
  source.waitForHeld(1);
  waitUntil("all bricks are begun", [&] { return loader.stats().inFlight == keys.size(); });
  source.releaseAll();
  for (const LoadedBrick& brick : take(loader, keys.size())) CHECK(brick.voxels == source.expectedBrick(brick.key));
  CHECK(source.reads(chunkKey(0, {0, 0, 0})) == 1);
}

TEST_CASE("a worker that hangs in a read takes no brick with it that it has set aside") {
  FakeSource source(VoxelType::uint16, {64, 64, 128}, {dvec3(1)}, ivec3(64));
  const ChunkKey near = chunkKey(0, {0, 0, 0}), far = chunkKey(0, {0, 0, 1});
  source.hold(near);
  source.hold(far);
  Loader loader(source, {.threads = 2});
  // One worker makes the near chunk for the first brick; the other sets the second aside, and begins the third.
  request(loader, {brickKey(0, {0, 0, 0}), brickKey(0, {1, 0, 0}), brickKey(0, {0, 0, 3})});
  source.waitForHeld(2);
  source.release(near);
  for (const LoadedBrick& brick : take(loader, 2)) {
    CHECK(brick.key.brick.z == 0);
    CHECK(brick.voxels == source.expectedBrick(brick.key));
  }
  source.release(far);
  CHECK(take(loader, 1)[0].key.brick.z == 3);
}

TEST_CASE("a chunk that is not stored is zero, whatever the zero of its type is on the page") {
  FakeSource source(VoxelType::int16, {32, 32, 32}, {dvec3(1)}, ivec3(16));
  source.leaveOut(chunkKey(0, {1, 0, 0}));
  Loader loader(source, {.threads = 1});
  leaveMemory(loader);
  request(loader, {brickKey(0, ivec3(0))});
  const std::vector<LoadedBrick> bricks = take(loader, 1);
  const auto voxel = [&](int x, int y, int z) {
    std::uint16_t page;
    std::memcpy(&page, bricks[0].voxels.data() + 2 * (((z + 1) * kPaddedBrick + y + 1) * kPaddedBrick + x + 1), 2);
    return static_cast<int>(page) - 32768;
  };
  CHECK(voxel(15, 3, 3) == FakeSource::value(0, {15, 3, 3}));
  CHECK(voxel(16, 3, 3) == 0);
  CHECK(voxel(31, 15, 15) == 0);
  CHECK(voxel(31, 16, 15) == FakeSource::value(0, {31, 16, 15}));
}

TEST_CASE("a chunk is read and decoded once, however many bricks and threads want it") {
  FakeSource source(VoxelType::uint16, {128, 128, 64}, {dvec3(1)}, ivec3(16));
  Loader loader(source, {.threads = 4, .maxFinished = 1000});
  const std::vector<BrickKey> keys = allBricks(source);
  request(loader, keys);
  take(loader, keys.size());
  CHECK(source.totalReads() == 8 * 8 * 4);
  CHECK(source.totalDecodes() == 8 * 8 * 4);
  const LoaderStats stats = loader.stats();
  CHECK(stats.chunksDecoded == 8 * 8 * 4);
  CHECK(stats.bytesRead == 128 * 128 * 64 * 2);
  CHECK(stats.bytesDecoded == 128 * 128 * 64 * 2);
  CHECK(stats.chunkHits > 0);

  // All workers at one chunk at the same time.
  FakeSource single(VoxelType::uint16, {128, 64, 32}, {dvec3(1)}, ivec3(128));
  single.holdAll();
  Loader another(single, {.threads = 4});
  request(another, allBricks(single));
  single.waitForHeld(1);
  waitUntil("all bricks are begun", [&] { return another.stats().inFlight == 8; });
  single.releaseAll();
  take(another, 8);
  CHECK(single.totalReads() == 1);
}

TEST_CASE("a failed chunk fails the bricks that need it, each once, and is asked for again only on request") {
  FakeSource source(VoxelType::uint8, {96, 32, 32}, {dvec3(1)}, ivec3(32));
  const ChunkKey middle = chunkKey(0, {1, 0, 0});
  source.failDecode(middle, std::make_exception_ptr(Error("fake.h5: chunk 1, 0, 0 is damaged")));
  for (const int threads : {1, 4}) {
    Loader loader(source, {.threads = threads});
    source.hold(middle);
    request(loader, allBricks(source));
    source.waitForHeld(1);
    source.releaseAll();
    // Brick 0 and 2 need the middle chunk for their border.
    for (const LoadedBrick& brick : take(loader, 3)) {
      CHECK(brick.voxels.empty());
      CHECK(brick.error == "fake.h5: chunk 1, 0, 0 is damaged");
    }
    checkNothingMoreComes(loader);
    CHECK(loader.stats().bricksFailed == 3);
    CHECK(loader.stats().bricksFinished == 0);
  }

  Loader loader(source, {.threads = 2});
  request(loader, {brickKey(0, {0, 0, 0})});
  CHECK(!take(loader, 1)[0].error.empty());
  source.failDecode(middle, nullptr);
  request(loader, {brickKey(0, {0, 0, 0})});
  CHECK(take(loader, 1)[0].voxels == source.expectedBrick(brickKey(0, {0, 0, 0})));
}

TEST_CASE("any exception of a source becomes a sentence that names file and chunk") {
  FakeSource source(VoxelType::uint8, {32, 32, 32}, {dvec3(1)}, ivec3(32));
  Loader loader(source, {.threads = 1});
  source.failRead(chunkKey(0, {0, 0, 0}), std::make_exception_ptr(std::bad_alloc()));
  request(loader, {brickKey(0, ivec3(0))});
  CHECK(take(loader, 1)[0].error == "fake.h5: setup 8, time point 0, level 0, chunk 0, 0, 0: not enough memory");
  source.failRead(chunkKey(0, {0, 0, 0}), std::make_exception_ptr(std::runtime_error("the disk is on fire")));
  request(loader, {brickKey(0, ivec3(0))});
  CHECK(take(loader, 1)[0].error == "fake.h5: setup 8, time point 0, level 0, chunk 0, 0, 0: the disk is on fire");
}

TEST_CASE("the number of workers and the budgets change while thousands of bricks are in flight") {
  FakeSource source(VoxelType::uint16, {32 * 16, 32 * 12, 32 * 8}, {dvec3(1)}, ivec3(16));
  // Most chunks cost nothing, so that there can be many.
  for (int i = 0; i < 32 * 24 * 16; ++i)
    if (i % 7 != 0) source.leaveOut(chunkKey(0, {i % 32, i / 32 % 24, i / (32 * 24)}));
  Loader loader(source, {.threads = 2, .hostCacheBytes = 4 << 20});
  const std::vector<BrickKey> keys = allBricks(source);
  REQUIRE(keys.size() == 1536);
  request(loader, keys);
  std::map<std::tuple<int, int, int>, int> delivered;
  int round = 0;
  for (std::size_t done = 0; done < keys.size(); ++round) {
    loader.setThreads(1 + round % 7);
    loader.setBudgets(static_cast<std::uint64_t>(round % 5) << 20, round % 3 == 0 ? 1 : 64 << 20);
    CHECK(loader.stats().threads == 1 + round % 7);
    REQUIRE(loader.waitForFinished(kPatience));
    for (const LoadedBrick& brick : loader.takeFinished(20)) {
      CHECK(brick.error.empty());
      ++done;
      ++delivered[{brick.key.brick.x, brick.key.brick.y, brick.key.brick.z}];
    }
  }
  CHECK(delivered.size() == keys.size());
  checkNothingMoreComes(loader);
  loader.setBudgets(1 << 20, 1 << 20);
  CHECK(loader.stats().hostCacheBytes <= 1 << 20);
}

TEST_CASE("the loader's memory stays within its budgets and the constant that it states") {
  FakeSource source(VoxelType::uint8, {32 * 8, 32 * 4, 32 * 2}, {dvec3(1)}, ivec3(64));
  constexpr int kThreads = 3;
  constexpr std::uint64_t kHostCache = 2 << 20;
  Loader loader(source, {.threads = kThreads, .hostCacheBytes = kHostCache, .maxFinished = 10});
  const std::vector<BrickKey> keys = allBricks(source);
  request(loader, keys);
  take(loader, keys.size());
  const LoaderStats stats = loader.stats();
  // A brick touches at most 8 of these chunks: less than a batch.
  CHECK(stats.hostCachePeakBytes <= std::max<std::uint64_t>(kHostCache, kThreads * 8 * (64 * 64 * 64 + 256)));
  CHECK(stats.hostCacheBytes <= kHostCache);
  CHECK(stats.brickPeakBytes <= (10 + kThreads) * std::uint64_t{kPaddedBrickVoxels});
  CHECK(stats.brickPeakBytes > 0);
}
