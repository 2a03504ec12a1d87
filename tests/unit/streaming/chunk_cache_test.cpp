#include "streaming/chunk_cache.h"
#include "base/error.h"
#include "support/fakes/growing_source.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <chrono>
#include <stop_token>
#include <thread>
#include <vector>

using namespace volary;
using test::FakeSource;

namespace {

constexpr std::chrono::hours kForever(1);

ChunkKey chunkKey(std::int64_t x) { return {.image = {}, .level = 0, .chunk = {x, 0, 0}}; }

std::vector<ChunkKey> chunkKeys(std::int64_t begin, std::int64_t end) {
  std::vector<ChunkKey> keys;
  for (std::int64_t x = begin; x < end; ++x) keys.push_back(chunkKey(x));
  return keys;
}

/// Keeps what it is given; gives up after as many chunks as it is told.
struct Keeper final : ChunkUser {
  explicit Keeper(std::size_t count, std::size_t most = 1000) : chunks(count), times(count), left(most) {}
  void use(std::size_t index, const DecodedChunk& chunk) override {
    chunks.at(index) = chunk;
    ++times.at(index);
    --left;
  }
  bool givesUp() override {
    if (left > 0) return false;
    timesGivenUp += 1;
    return true;
  }

  std::vector<DecodedChunk> chunks;
  std::vector<int> times;
  std::size_t left;
  int timesGivenUp = 0;
};

DecodedChunk get(ChunkCache& cache, const ChunkKey& key, const ImagePyramid& pyramid, ChunkScratch& scratch) {
  Keeper keeper(1);
  cache.serve({&key, 1}, pyramid, kForever, scratch, keeper);
  CHECK(keeper.times[0] == 1);
  return keeper.chunks[0];
}

int firstVoxel(const DecodedChunk& chunk) { return static_cast<int>(chunk.voxels()[0]); }

}  // namespace

TEST_CASE("the chunk cache stays in its budget, and the least recently used chunk leaves") {
  FakeSource source(VoxelType::uint8, {16 * 100, 16, 16}, {dvec3(1)}, ivec3(16));
  ChunkScratch scratch;
  // Room for three chunks of 4 KiB with their overhead, not for four.
  ChunkCache cache(source, {.decodedBytes = 3 * 4096 + 3000});
  const ImagePyramid& pyramid = source.pyramid({});
  const DecodedChunk kept = get(cache, chunkKey(0), pyramid, scratch);
  get(cache, chunkKey(1), pyramid, scratch);
  get(cache, chunkKey(2), pyramid, scratch);
  get(cache, chunkKey(0), pyramid, scratch);
  get(cache, chunkKey(3), pyramid, scratch);
  CHECK(source.totalReads() == 4);
  get(cache, chunkKey(0), pyramid, scratch);
  CHECK(source.totalReads() == 4);
  get(cache, chunkKey(1), pyramid, scratch);
  CHECK(source.reads(chunkKey(1)) == 2);
  for (int i = 10; i < 60; ++i) {
    get(cache, chunkKey(i), pyramid, scratch);
    CHECK(cache.stats().decodedBytes <= 3 * 4096 + 3000);
  }
  // A chunk stays with whoever holds it.
  CHECK(static_cast<int>(kept.voxels()[5]) == FakeSource::value(0, {5, 0, 0}));
}

TEST_CASE("a budget of nothing still serves every chunk") {
  FakeSource source(VoxelType::uint8, {64, 16, 16}, {dvec3(1)}, ivec3(16));
  ChunkScratch scratch;
  ChunkCache cache(source, {.decodedBytes = 0});
  for (int i = 0; i < 4; ++i) {
    CHECK(firstVoxel(get(cache, chunkKey(i), source.pyramid({}), scratch)) == FakeSource::value(0, {16 * i, 0, 0}));
  }
  CHECK(cache.stats().decodedBytes == 0);
}

TEST_CASE("chunks that are not stored count against the budget too, and are remembered") {
  FakeSource source(VoxelType::uint8, {16 * 200, 16, 16}, {dvec3(1)}, ivec3(16));
  ChunkScratch scratch;
  ChunkCache cache(source, {.decodedBytes = 10'000});
  for (int i = 0; i < 200; ++i) {
    source.leaveOut(chunkKey(i));
    CHECK(!get(cache, chunkKey(i), source.pyramid({}), scratch));
    CHECK(!get(cache, chunkKey(i), source.pyramid({}), scratch));
    CHECK(source.reads(chunkKey(i)) == 1);
  }
  CHECK(cache.stats().decodedBytes <= 10'000);
  get(cache, chunkKey(0), source.pyramid({}), scratch);
  CHECK(source.reads(chunkKey(0)) == 2);
}

TEST_CASE("a chunk that stands in for one that is still to be made is given, and not kept") {
  test::GrowingSource source(VoxelType::uint8, {32, 16, 16}, {dvec3(1), dvec3(2), dvec3(4)}, ivec3(16));
  ChunkScratch scratch;
  ChunkCache cache(source, {});
  const ChunkKey key{.level = 1};
  const ImagePyramid& pyramid = source.pyramid({});
  source.offer({.level = 1}, 7);
  CHECK(firstVoxel(get(cache, key, pyramid, scratch)) == 7);
  source.offer({.level = 1}, 8);
  CHECK(firstVoxel(get(cache, key, pyramid, scratch)) == 8);
  source.make(key);
  CHECK(firstVoxel(get(cache, key, pyramid, scratch)) == FakeSource::value(1, {0, 0, 0}));
  CHECK(source.reads(key) == 3);
  get(cache, key, pyramid, scratch);
  CHECK(source.reads(key) == 3);  // from then on it is held
}

TEST_CASE("threads that want a chunk in the making wait for it, and share its failure") {
  FakeSource source(VoxelType::uint8, {32, 16, 16}, {dvec3(1)}, ivec3(16));
  ChunkCache cache(source, {.decodedBytes = 1 << 20});
  const ImagePyramid& pyramid = source.pyramid({});
  for (const bool fails : {true, false}) {
    source.failRead(chunkKey(0), fails ? std::make_exception_ptr(Error("unreadable")) : nullptr);
    source.holdAll();
    std::atomic<int> served{0};
    std::atomic<int> failed{0};
    const auto want = [&] {
      ChunkScratch scratch;
      try {
        get(cache, chunkKey(0), pyramid, scratch);
        ++served;
      } catch (const Error&) {
        ++failed;
      }
    };
    std::jthread first(want);
    source.waitForHeld(1);
    {
      // These come while the first is at work; whether they have begun to wait when it is released must not matter.
      std::jthread second(want);
      std::jthread third(want);
      source.releaseAll();
    }
    first.join();
    CHECK(served + failed == 3);
    CHECK((fails ? served : failed) == 0);
  }
  // Failures are not kept, the chunk is.
  ChunkScratch scratch;
  const int reads = source.totalReads();
  CHECK(get(cache, chunkKey(0), pyramid, scratch));
  CHECK(source.totalReads() == reads);
}

TEST_CASE("a batch gives every chunk once, whether it is held, missing or in the making elsewhere") {
  FakeSource source(VoxelType::uint8, {16 * 600, 16, 16}, {dvec3(1)}, ivec3(16));
  const ImagePyramid& pyramid = source.pyramid({});
  ChunkCache cache(source, {.decodedBytes = 1 << 20});  // room for 240: batches drop what others have just made
  for (int i = 7; i < 600; i += 50) source.leaveOut(chunkKey(i));
  std::atomic<int> wrong{0};
  const auto work = [&](int seed) {
    ChunkScratch scratch;
    for (int round = 0; round < 20; ++round) {
      const std::int64_t begin = (seed * 37 + round * 101) % 250;
      const std::vector<ChunkKey> keys = chunkKeys(begin, begin + 10 + 17 * round);
      Keeper keeper(keys.size());
      if (cache.serve(keys, pyramid, kForever, scratch, keeper) != Served::all) ++wrong;
      for (std::size_t i = 0; i < keys.size(); ++i) {
        const bool stored = keys[i].chunk.x % 50 != 7;
        if (keeper.times[i] != 1 || static_cast<bool>(keeper.chunks[i]) != stored ||
            (stored && firstVoxel(keeper.chunks[i]) != FakeSource::value(0, keys[i].chunk * std::int64_t{16})))
          ++wrong;
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int seed = 0; seed < 4; ++seed) threads.emplace_back(work, seed);
  }
  CHECK(wrong == 0);
  CHECK(cache.stats().decodedBytes <= 1 << 20);
}

TEST_CASE("memory of dropped chunks is used again") {
  FakeSource source(VoxelType::uint16, {16 * 4000, 16, 16}, {dvec3(1)}, ivec3(16));
  ChunkCache cache(source, {.decodedBytes = 64 * 9000});
  ChunkScratch scratch;
  const auto pass = [&](std::int64_t begin) {
    for (std::int64_t at = begin; at < begin + 1000; at += 8) {
      const std::vector<ChunkKey> keys = chunkKeys(at, at + 8);
      Keeper keeper(keys.size());
      cache.serve(keys, source.pyramid({}), kForever, scratch, keeper);
    }
    return cache.stats().allocations;
  };
  const std::uint64_t allocations = pass(0);
  CHECK(allocations <= 64 + 8);
  CHECK(pass(1000) == allocations);
  CHECK(pass(2000) == allocations);
  CHECK(cache.stats().decodedPeakBytes <= 64 * 9000);
}

TEST_CASE("a chunk that fails in a batch fails alone") {
  FakeSource source(VoxelType::uint8, {16 * 8, 16, 16}, {dvec3(1)}, ivec3(16));
  ChunkCache cache(source, {});
  ChunkScratch scratch;
  const ImagePyramid& pyramid = source.pyramid({});
  for (const bool decoding : {false, true}) {
    const auto failure = std::make_exception_ptr(Error("chunk 2 is damaged"));
    decoding ? source.failDecode(chunkKey(2), failure) : source.failRead(chunkKey(2), failure);
    Keeper keeper(4);
    CHECK_THROWS_AS(cache.serve(chunkKeys(0, 4), pyramid, kForever, scratch, keeper), Error);
    for (const int i : {0, 1, 3}) CHECK(get(cache, chunkKey(i), pyramid, scratch));
    CHECK_THROWS_AS(get(cache, chunkKey(2), pyramid, scratch), Error);
    source.failRead(chunkKey(2), nullptr);
  }
  source.failDecode(chunkKey(2), nullptr);
  CHECK(get(cache, chunkKey(2), pyramid, scratch));
  CHECK(source.reads(chunkKey(0)) == 1);
  CHECK(source.reads(chunkKey(3)) == 1);
}

TEST_CASE("who gives up leaves the rest of a batch to those that wait for it") {
  FakeSource source(VoxelType::uint8, {16 * 8, 16, 16}, {dvec3(1)}, ivec3(16));
  ChunkCache cache(source, {});
  const ImagePyramid& pyramid = source.pyramid({});
  source.hold(chunkKey(2));
  bool firstServed = true;
  bool secondServed = false;
  Keeper first(8, 2);
  std::jthread giver([&] {
    ChunkScratch scratch;
    firstServed = cache.serve(chunkKeys(0, 8), pyramid, kForever, scratch, first) == Served::all;
  });
  source.waitForHeld(1);
  Keeper second(8);
  std::jthread waiter([&] {
    ChunkScratch scratch;
    secondServed = cache.serve(chunkKeys(0, 8), pyramid, kForever, scratch, second) == Served::all;
  });
  source.releaseAll();
  giver.join();
  waiter.join();
  CHECK(first.timesGivenUp == 1);
  CHECK(!firstServed);
  CHECK(secondServed);
  for (const int times : second.times) CHECK(times == 1);
  // The chunk that had been read when the first gave up was read in vain; all others were read once.
  for (int i = 0; i < 8; ++i) CHECK(source.reads(chunkKey(i)) == (i == 2 ? 2 : 1));
}

TEST_CASE("budgets change while threads use the cache, and hold at once") {
  FakeSource source(VoxelType::uint8, {16 * 300, 16, 16}, {dvec3(1)}, ivec3(16));
  ChunkCache cache(source, {.decodedBytes = 1 << 20});
  const ImagePyramid& pyramid = source.pyramid({});
  std::atomic<int> wrong{0}, rounds{0};
  {
    std::vector<std::jthread> threads;
    for (int seed = 0; seed < 3; ++seed)
      threads.emplace_back([&, seed](const std::stop_token& stop) {
        ChunkScratch scratch;
        for (std::int64_t at = seed * 31; !stop.stop_requested(); at = (at + 17) % 280) {
          Keeper keeper(20);
          if (cache.serve(chunkKeys(at, at + 20), pyramid, kForever, scratch, keeper) != Served::all ||
              firstVoxel(keeper.chunks[19]) != FakeSource::value(0, {16 * (at + 19), 0, 0}))
            ++wrong;
          ++rounds;
        }
      });
    for (int i = 0; i < 200; ++i) {
      cache.setBudgets({.decodedBytes = i % 3 == 0 ? 0u : 20'000u * (i % 50), .storedBytes = 1u + i % 7 * 1000});
      test::waitUntil("the cache is used", [&, before = rounds.load()] { return rounds > before; });
    }
  }
  CHECK(wrong == 0);
  cache.setBudgets({.decodedBytes = 50'000});
  CHECK(cache.stats().decodedBytes <= 50'000);
  cache.setBudgets({.decodedBytes = 0});
  CHECK(cache.stats().decodedBytes == 0);
}

TEST_CASE("threads that share a budget of bytes stay in it, and one that needs more has it alone") {
  ByteBudget budget(1000);
  std::atomic<std::uint64_t> inUse{0};
  std::atomic<bool> exceeded{false};
  {
    std::vector<std::jthread> threads;
    for (int seed = 0; seed < 4; ++seed)
      threads.emplace_back([&, seed] {
        for (std::uint64_t i = 0; i < 2000; ++i) {
          const std::uint64_t bytes = (i * 7 + seed * 13) % 100 == 0 ? 5000 : (i * 31 + seed) % 700;
          budget.take(bytes);
          const std::uint64_t now = inUse += bytes;
          if (now > 1000 && now != bytes) exceeded = true;
          inUse -= bytes;
          budget.giveBack(bytes);
        }
      });
  }
  CHECK(!exceeded);
  CHECK(budget.takenBytes() == 0);
  CHECK(budget.peakBytes() == 5000);
}
