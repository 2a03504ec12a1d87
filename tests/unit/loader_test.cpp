#include "streaming/loader.h"
#include "base/error.h"
#include "pyramid/page_voxel.h"
#include "support/fake_source.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstring>
#include <map>
#include <new>
#include <optional>
#include <random>
#include <set>
#include <thread>
#include <tuple>

using namespace volary;
using namespace std::chrono_literals;
using test::FakeSource;

namespace {

constexpr ImageId kImage{.setup = 1, .timepoint = 0};

BrickKey brickKey(int level, const ivec3& brick) {
  return {.image = kImage, .level = level, .brick = brick};
}
ChunkKey chunkKey(int level, const i64vec3& chunk) {
  return {.image = kImage, .level = level, .chunk = chunk};
}

std::vector<BrickKey> allBricks(FakeSource& source) { return test::allBricks(source.pyramid(kImage), kImage); }

/// Takes `count` bricks; fails the test if they don't come.
std::vector<LoadedBrick> take(Loader& loader, std::size_t count) {
  std::vector<LoadedBrick> bricks;
  while (bricks.size() < count) {
    REQUIRE(loader.waitForFinished(60s));
    for (LoadedBrick& brick : loader.takeFinished(count - bricks.size())) bricks.push_back(std::move(brick));
  }
  return bricks;
}

/// Memory that an earlier brick, of this type or of another, has left behind.
void leaveMemory(Loader& loader) {
  for (const std::size_t voxelBytes : {1, 2, 4, 2, 1, 4})
    loader.reuse(std::vector<std::byte>(kPaddedBrickVoxels * voxelBytes, std::byte{0xa5}));
}

void checkNothingMoreComes(Loader& loader) {
  while (true) {
    const LoaderStats stats = loader.stats();
    if (stats.queued == 0 && stats.inFlight == 0) break;
    std::this_thread::yield();
  }
  CHECK(loader.takeFinished(1000).empty());
}

}  // namespace

TEST_CASE(
    "bricks hold the level's voxels and repeat its edges, for any chunk shape, type and number of threads") {
  struct Case {
    VoxelType type;
    ivec3 chunk;
    int threads;
  };
  for (const Case& c :
       {Case{VoxelType::uint8, ivec3(16), 4}, Case{VoxelType::uint16, ivec3(7, 40, 13), 1},
        Case{VoxelType::int16, ivec3(64, 64, 1), 4}, Case{VoxelType::float32, ivec3(200), 4},
        Case{VoxelType::uint64, ivec3(33, 31, 32), 2}, Case{VoxelType::float64, ivec3(5), 4}}) {
    FakeSource source(c.type, {97, 64, 35}, {dvec3(1), dvec3(2), dvec3(8, 8, 70)}, c.chunk);
    Loader loader(source, {.threads = c.threads, .hostCacheBytes = 1 << 20, .maxFinished = 8});
    leaveMemory(loader);
    const std::vector<BrickKey> keys = allBricks(source);
    loader.replaceRequests(keys);
    std::map<std::string, int> delivered;
    for (const LoadedBrick& brick : take(loader, keys.size())) {
      CHECK(brick.error.empty());
      REQUIRE(brick.voxels == source.expectedBrick( brick.key));
      ++delivered[fmt::format("{} {} {} {}", brick.key.level, brick.key.brick.x, brick.key.brick.y,
                              brick.key.brick.z)];
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
  loader.replaceRequests(keys);
  source.waitForHeld(1);
  while (loader.stats().inFlight < keys.size()) std::this_thread::yield();
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
  loader.replaceRequests({brickKey(0, {0, 0, 0}), brickKey(0, {1, 0, 0}), brickKey(0, {0, 0, 3})});
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
  loader.replaceRequests({brickKey(0, ivec3(0))});
  const std::vector<LoadedBrick> bricks = take(loader, 1);
  const auto voxel = [&](int x, int y, int z) {
    std::uint16_t page;
    std::memcpy(&page,
                bricks[0].voxels.data() + 2 * (((z + 1) * kPaddedBrick + y + 1) * kPaddedBrick + x + 1), 2);
    return static_cast<int>(page) - 32768;
  };
  CHECK(voxel(15, 3, 3) == FakeSource::value(0, {15, 3, 3}));
  CHECK(voxel(16, 3, 3) == 0);
  CHECK(voxel(31, 15, 15) == 0);
  CHECK(voxel(31, 16, 15) == FakeSource::value(0, {31, 16, 15}));
}

TEST_CASE("requests are replaced: what has not begun and is wanted no more is never read") {
  FakeSource source(VoxelType::uint8, {32 * 8, 32, 32}, {dvec3(1)}, ivec3(32));
  source.holdAll();
  Loader loader(source, {.threads = 1});
  loader.replaceRequests({brickKey(0, {0, 0, 0}), brickKey(0, {3, 0, 0})});
  source.waitForHeld(1);
  loader.replaceRequests({brickKey(0, {6, 0, 0}), brickKey(0, {0, 0, 0})});
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
  loader.replaceRequests({brickKey(0, {0, 0, 0})});
  source.waitForHeld(1);
  loader.replaceRequests({brickKey(0, {6, 0, 0})});
  source.releaseAll();
  CHECK(take(loader, 1)[0].key == brickKey(0, {6, 0, 0}));
  checkNothingMoreComes(loader);
  CHECK(loader.stats().bricksDropped == 1);
  CHECK(loader.stats().bricksFinished == 1);
  CHECK(source.reads(chunkKey(0, {1, 0, 0})) == 0);

  loader.replaceRequests({brickKey(0, {0, 0, 0})});
  CHECK(take(loader, 1)[0].voxels == source.expectedBrick( brickKey(0, {0, 0, 0})));
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
    loader.replaceRequests(wanted, ahead);
    taken += loader.takeFinished(random() % 4).size();
  }
  // Whatever was dropped on the way comes when all is wanted at last.
  loader.replaceRequests(all);
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
  loader.replaceRequests({wanted}, {ahead});
  source.waitForHeld(1);
  CHECK(source.reads(chunkKey(0, {3, 0, 0})) == 0);
  source.releaseAll();
  std::vector<LoadedBrick> bricks = take(loader, 2);
  CHECK(bricks[0].key == wanted);
  CHECK(!bricks[0].ahead);
  CHECK(bricks[1].key == ahead);
  CHECK(bricks[1].ahead);
  CHECK(bricks[1].voxels == source.expectedBrick( ahead));
  CHECK(loader.stats().bricksAhead == 1);

  // In the making when something wanted comes: that one is delivered first.
  const BrickKey second = brickKey(0, {6, 0, 0});
  source.holdAll();
  loader.replaceRequests({}, {second});
  source.waitForHeld(1);
  loader.replaceRequests({late}, {second});
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
  loader.replaceRequests(keys);
  const std::vector<LoadedBrick> bricks = take(loader, keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) CHECK(bricks[i].key == keys[i]);
}

TEST_CASE("a brick in flight, waiting or just taken is not made a second time") {
  FakeSource source(VoxelType::uint8, {96, 32, 32}, {dvec3(1)}, ivec3(32));
  source.holdAll();
  Loader loader(source, {.threads = 2});
  const BrickKey a = brickKey(0, {0, 0, 0});
  const BrickKey c = brickKey(0, {2, 0, 0});
  loader.replaceRequests({a, a});
  source.waitForHeld(1);
  loader.replaceRequests({a, c, a, c});
  source.waitForHeld(2);
  loader.replaceRequests({a, c, a, c});
  source.releaseAll();
  CHECK(take(loader, 2).size() == 2);
  checkNothingMoreComes(loader);
  loader.replaceRequests({a});
  CHECK(take(loader, 1)[0].key == a);
}

TEST_CASE("a brick taken since it was requested is not made again") {
  FakeSource source(VoxelType::uint8, {32, 32, 32}, {dvec3(1)}, ivec3(32));
  Loader loader(source, {.threads = 1, .maxFinished = 1});
  loader.replaceRequests({brickKey(0, ivec3(0))});
  REQUIRE(loader.waitForFinished(60s));
  // The worker pauses until the brick is taken, so it comes to the second request only then.
  loader.replaceRequests({brickKey(0, ivec3(0))});
  take(loader, 1);
  checkNothingMoreComes(loader);
}

TEST_CASE("a chunk is read and decoded once, however many bricks and threads want it") {
  FakeSource source(VoxelType::uint16, {128, 128, 64}, {dvec3(1)}, ivec3(16));
  Loader loader(source, {.threads = 4, .maxFinished = 1000});
  const std::vector<BrickKey> keys = allBricks(source);
  loader.replaceRequests(keys);
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
  another.replaceRequests(allBricks(single));
  single.waitForHeld(1);
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
    loader.replaceRequests(allBricks(source));
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
  loader.replaceRequests({brickKey(0, {0, 0, 0})});
  CHECK(!take(loader, 1)[0].error.empty());
  source.failDecode(middle, nullptr);
  loader.replaceRequests({brickKey(0, {0, 0, 0})});
  CHECK(take(loader, 1)[0].voxels == source.expectedBrick( brickKey(0, {0, 0, 0})));
}

TEST_CASE("any exception of a source becomes a sentence that names file and chunk") {
  FakeSource source(VoxelType::uint8, {32, 32, 32}, {dvec3(1)}, ivec3(32));
  Loader loader(source, {.threads = 1});
  source.failRead(chunkKey(0, {0, 0, 0}), std::make_exception_ptr(std::bad_alloc()));
  loader.replaceRequests({brickKey(0, ivec3(0))});
  CHECK(take(loader, 1)[0].error ==
        "fake.h5: setup 8, time point 0, level 0, chunk 0, 0, 0: not enough memory");
  source.failRead(chunkKey(0, {0, 0, 0}), std::make_exception_ptr(std::runtime_error("the disk is on fire")));
  loader.replaceRequests({brickKey(0, ivec3(0))});
  CHECK(take(loader, 1)[0].error ==
        "fake.h5: setup 8, time point 0, level 0, chunk 0, 0, 0: the disk is on fire");
}

TEST_CASE("workers pause while too many finished bricks wait to be taken") {
  FakeSource source(VoxelType::uint8, {32 * 12, 32, 32}, {dvec3(1)}, ivec3(16));
  Loader loader(source, {.threads = 4, .maxFinished = 3});
  loader.replaceRequests(allBricks(source));
  while (loader.stats().finished < 3) std::this_thread::yield();
  for (std::size_t left = 12; left > 3; --left) {
    // Long enough for a worker that doesn't pause to give itself away.
    for (int i = 0; i < 200; ++i) {
      const LoaderStats stats = loader.stats();
      REQUIRE(stats.finished + stats.inFlight <= 3);
      std::this_thread::yield();
    }
    take(loader, 1);
  }
  CHECK(take(loader, 3).size() == 3);
  checkNothingMoreComes(loader);
}

TEST_CASE("a loader is destroyed in mid-flight, without deadlock and without further reads") {
  for (int round = 0; round < 20; ++round) {
    FakeSource source(VoxelType::uint8, {256, 64, 64}, {dvec3(1)}, ivec3(16));
    source.holdAll();
    std::optional<Loader> loader(std::in_place, source, LoaderSettings{.threads = 4});
    loader->replaceRequests(allBricks(source));
    source.waitForHeld(4);
    std::jthread release([&] { source.releaseAll(); });
    loader.reset();
    const int reads = source.totalReads();
    std::this_thread::yield();
    CHECK(source.totalReads() == reads);
  }
}

TEST_CASE("a loader without requests waits until the time is up") {
  FakeSource source(VoxelType::uint8, {32, 32, 32}, {dvec3(1)}, ivec3(16));
  Loader loader(source, {.threads = 2});
  CHECK(!loader.waitForFinished(1ms));
  CHECK(loader.takeFinished(10).empty());
}

TEST_CASE("the number of workers and the budgets change while thousands of bricks are in flight") {
  FakeSource source(VoxelType::uint16, {32 * 16, 32 * 12, 32 * 8}, {dvec3(1)}, ivec3(16));
  // Most chunks cost nothing, so that there can be many.
  for (int i = 0; i < 32 * 24 * 16; ++i)
    if (i % 7 != 0) source.leaveOut(chunkKey(0, {i % 32, i / 32 % 24, i / (32 * 24)}));
  Loader loader(source, {.threads = 2, .hostCacheBytes = 4 << 20});
  const std::vector<BrickKey> keys = allBricks(source);
  REQUIRE(keys.size() == 1536);
  loader.replaceRequests(keys);
  std::map<std::tuple<int, int, int>, int> delivered;
  int round = 0;
  for (std::size_t done = 0; done < keys.size(); ++round) {
    loader.setThreads(1 + round % 7);
    loader.setBudgets(static_cast<std::uint64_t>(round % 5) << 20, round % 3 == 0 ? 1 : 64 << 20);
    CHECK(loader.stats().threads == 1 + round % 7);
    REQUIRE(loader.waitForFinished(60s));
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
  loader.replaceRequests(keys);
  take(loader, keys.size());
  const LoaderStats stats = loader.stats();
  // A brick touches at most 8 of these chunks: less than a batch.
  CHECK(stats.hostCachePeakBytes <= std::max<std::uint64_t>(kHostCache, kThreads * 8 * (64 * 64 * 64 + 256)));
  CHECK(stats.hostCacheBytes <= kHostCache);
  CHECK(stats.brickPeakBytes <= (10 + kThreads) * std::uint64_t{kPaddedBrickVoxels});
  CHECK(stats.brickPeakBytes > 0);
}
