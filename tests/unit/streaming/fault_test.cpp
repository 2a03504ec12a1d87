#include "streaming/loader.h"
#include "support/fakes/fake_source.h"
#include "support/fakes/fault_source.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <thread>

using namespace volary;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using test::FakeSource;
using test::Fault;
using test::FaultSource;
using test::kPatience;
using test::waitUntil;

namespace {

constexpr ImageId kImage{.setup = 1, .timepoint = 0};

/// Chunks that divide neither bricks nor levels.
FakeSource makeVolume() { return {VoxelType::uint16, {150, 120, 100}, {dvec3(1), dvec3(2)}, {20, 24, 16}}; }

/// The chunks that a brick needs and that fail.
std::vector<ChunkKey> failingChunks(FaultSource& source, const BrickKey& key) {
  const ChunkRange range = chunksOfBrick(source.pyramid(key.image).levels[key.level], key.brick);
  std::vector<ChunkKey> chunks;
  i64vec3 c;
  for (c.z = range.begin.z; c.z < range.end.z; ++c.z)
    for (c.y = range.begin.y; c.y < range.end.y; ++c.y)
      for (c.x = range.begin.x; c.x < range.end.x; ++c.x) {
        const ChunkKey chunk{.image = key.image, .level = key.level, .chunk = c};
        const Fault fault = source.faultOf(chunk);
        if (fault != Fault::none && fault != Fault::slow && fault != Fault::stuck) chunks.push_back(chunk);
      }
  return chunks;
}

/// True if the sentence names the file, one of the chunks, its level, and what befell it.
bool names(const std::string& sentence, FaultSource& source, const std::vector<ChunkKey>& chunks) {
  return std::ranges::any_of(chunks, [&](const ChunkKey& chunk) {
    const auto has = [&](const std::string& words) { return sentence.find(words) != std::string::npos; };
    return has(source.dataset().location + ": ") && has("level " + std::to_string(chunk.level)) &&
           has("chunk " + std::to_string(chunk.chunk.x) + ", " + std::to_string(chunk.chunk.y) + ", " +
               std::to_string(chunk.chunk.z)) &&
           has(causeOf(source.faultOf(chunk)));
  });
}

/// Takes `count` bricks, each of which must come once.
std::map<BrickKey, LoadedBrick> take(Loader& loader, std::size_t count) {
  std::map<BrickKey, LoadedBrick> bricks;
  while (bricks.size() < count) {
    REQUIRE(loader.waitForFinished(kPatience));
    for (LoadedBrick& brick : loader.takeFinished(count)) {
      const BrickKey key = brick.key;
      REQUIRE(bricks.emplace(key, std::move(brick)).second);
    }
  }
  return bricks;
}

}  // namespace

TEST_CASE("whatever befalls its chunks, each brick comes once: its voxels, or what went wrong where") {
  FakeSource volume = makeVolume();
  const std::vector<BrickKey> keys = test::allBricks(volume.pyramid(kImage), kImage);
  for (const std::uint64_t seed : {1, 2, 3})
    for (const int threads : {1, 5}) {
      FaultSource source(volume, test::strewFaults(seed,
                                                   {Fault::ioError, Fault::noMemory, Fault::foreign, Fault::shortRead,
                                                    Fault::badDecode, Fault::slow},
                                                   8));
      Loader loader(source, {.threads = threads});
      loader.replaceRequests(keys);
      std::vector<BrickKey> failed;
      for (const auto& [key, brick] : take(loader, keys.size())) {
        const std::vector<ChunkKey> chunks = failingChunks(source, key);
        INFO("level " << key.level << " brick " << key.brick.x << ", " << key.brick.y << ", " << key.brick.z << ": "
                      << brick.error);
        CHECK(brick.error.empty() == chunks.empty());
        if (chunks.empty()) {
          CHECK(brick.voxels == volume.expectedBrick(key));
        } else {
          CHECK(names(brick.error, source, chunks));
          failed.push_back(key);
        }
      }
      REQUIRE(!failed.empty());
      REQUIRE(failed.size() < keys.size() - 10);
      CHECK(loader.stats().bricksFailed == failed.size());
      CHECK(loader.stats().bricksFinished == keys.size() - failed.size());

      // Nothing is tried again by itself; whoever asks again gets what is there now.
      const std::uint64_t reads = source.readsBegun();
      CHECK(!loader.waitForFinished(1ms));
      CHECK(source.readsBegun() == reads);
      source.heal();
      loader.replaceRequests(failed);
      for (const auto& [key, brick] : take(loader, failed.size())) CHECK(brick.voxels == volume.expectedBrick(key));
    }
}

TEST_CASE("a read that does not come back holds up the bricks that need it, and no other") {
  FakeSource volume = makeVolume();
  const std::vector<BrickKey> keys = test::allBricks(volume.pyramid(kImage), kImage);
  const ChunkKey stuck{.image = kImage, .level = 0, .chunk = {3, 2, 3}};
  for (const int threads : {2, 4}) {
    FaultSource source(volume, [&](const ChunkKey& key) { return key == stuck ? Fault::stuck : Fault::none; });
    std::vector<BrickKey> waiting, others;
    for (const BrickKey& key : keys) {
      const ChunkRange range = chunksOfBrick(volume.pyramid(kImage).levels[key.level], key.brick);
      const bool needs = key.level == 0 && glm::all(glm::greaterThanEqual(stuck.chunk, range.begin)) &&
                         glm::all(glm::lessThan(stuck.chunk, range.end));
      (needs ? waiting : others).push_back(key);
    }
    REQUIRE(waiting.size() > static_cast<std::size_t>(threads));

    Loader loader(source, {.threads = threads});
    // Whatever needs the chunk is asked for first.
    std::vector<BrickKey> ranked = waiting;
    ranked.insert(ranked.end(), others.begin(), others.end());
    loader.replaceRequests(ranked);
    std::map<BrickKey, LoadedBrick> bricks = take(loader, others.size());
    for (const BrickKey& key : waiting) CHECK(!bricks.contains(key));

    // What is asked for anew is put off anew, and nothing is made twice.
    loader.replaceRequests(waiting);
    CHECK(!loader.waitForFinished(50ms));
    source.release();
    bricks.merge(take(loader, waiting.size()));
    CHECK(bricks.size() == keys.size());
    for (const auto& [key, brick] : bricks) CHECK(brick.voxels == volume.expectedBrick(key));
    CHECK(loader.stats().bricksFailed == 0);
    CHECK(loader.stats().queued == 0);
  }
}

TEST_CASE("closing with thousands of requests in flight waits for the reads in hand, and begins hardly another") {
  FakeSource volume(VoxelType::uint8, {640, 640, 640}, {dvec3(1)}, {16, 16, 16});
  const std::vector<BrickKey> keys = test::allBricks(volume.pyramid(kImage), kImage);
  REQUIRE(keys.size() == 8000);
  volume.holdAll();
  std::optional<Loader> loader(std::in_place, volume, LoaderSettings{.threads = 8, .niceness = 0});
  loader->replaceRequests(keys);
  volume.waitForHeld(8);
  std::atomic<bool> closed = false;
  std::jthread closing([&] {
    loader.reset();
    closed = true;
  });
  // Each round lets the reads that wait come back, and lasts until another one begins. All bricks need 64,000.
  constexpr int kMostReads = 8000;
  int reads = volume.totalReads();
  while (!closed && reads < kMostReads) {
    volume.releaseWaiting();
    waitUntil("a read begins, or the loader is closed", [&] { return closed || volume.totalReads() > reads; });
    reads = volume.totalReads();
  }
  volume.releaseAll();
  closing.join();
  CHECK(volume.totalReads() < kMostReads);
  CHECK(volume.readsUnderWay() == 0);
}

TEST_CASE("closing waits for a read that is stuck, and for nothing else") {
  FakeSource volume = makeVolume();
  FaultSource source(volume, [](const ChunkKey&) { return Fault::stuck; });
  std::optional<Loader> loader(std::in_place, source, LoaderSettings{.threads = 3});
  loader->replaceRequests(test::allBricks(volume.pyramid(kImage), kImage));
  source.waitForReads(3);
  std::atomic<bool> released = false;
  std::jthread release([&] {
    released = true;
    source.release();
  });
  loader.reset();
  CHECK(released);
  CHECK(source.readsUnderWay() == 0);
}
