#include "streaming/chunk_cache.h"
#include "base/error.h"
#include "support/fake_source.h"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <thread>

using namespace volary;
using test::FakeSource;

namespace {

ChunkKey chunkKey(std::int64_t x) {
  return {.image = {}, .level = 0, .chunk = {x, 0, 0}};
}

}  // namespace

TEST_CASE("the chunk cache stays in its budget, and the least recently used chunk leaves") {
  FakeSource source(VoxelType::uint8, {16 * 100, 16, 16}, {dvec3(1)}, ivec3(16));
  DecodeScratch scratch;
  // Room for three chunks of 4 KiB with their overhead, not for four.
  ChunkCache cache(source, 3 * 4096 + 3000);
  const ImagePyramid& pyramid = source.pyramid({});
  const DecodedChunk kept = cache.get(chunkKey(0), pyramid, scratch);
  cache.get(chunkKey(1), pyramid, scratch);
  cache.get(chunkKey(2), pyramid, scratch);
  cache.get(chunkKey(0), pyramid, scratch);
  cache.get(chunkKey(3), pyramid, scratch);
  CHECK(source.totalReads() == 4);
  cache.get(chunkKey(0), pyramid, scratch);
  CHECK(source.totalReads() == 4);
  cache.get(chunkKey(1), pyramid, scratch);
  CHECK(source.reads(chunkKey(1)) == 2);
  for (int i = 10; i < 60; ++i) {
    cache.get(chunkKey(i), pyramid, scratch);
    CHECK(cache.stats().heldBytes <= 3 * 4096 + 3000);
  }
  // Who holds a chunk keeps it.
  CHECK(static_cast<int>(kept[5]) == FakeSource::value(0, {5, 0, 0}));
}

TEST_CASE("a budget of nothing still serves every chunk") {
  FakeSource source(VoxelType::uint8, {64, 16, 16}, {dvec3(1)}, ivec3(16));
  DecodeScratch scratch;
  ChunkCache cache(source, 0);
  for (int i = 0; i < 4; ++i) {
    const DecodedChunk chunk = cache.get(chunkKey(i), source.pyramid({}), scratch);
    CHECK(static_cast<int>(chunk[0]) == FakeSource::value(0, {16 * i, 0, 0}));
  }
  CHECK(cache.stats().heldBytes == 0);
}

TEST_CASE("chunks that are not stored count against the budget too, and are remembered") {
  FakeSource source(VoxelType::uint8, {16 * 200, 16, 16}, {dvec3(1)}, ivec3(16));
  DecodeScratch scratch;
  ChunkCache cache(source, 10'000);
  for (int i = 0; i < 200; ++i) {
    source.leaveOut(chunkKey(i));
    CHECK(cache.get(chunkKey(i), source.pyramid({}), scratch) == nullptr);
    CHECK(cache.get(chunkKey(i), source.pyramid({}), scratch) == nullptr);
    CHECK(source.reads(chunkKey(i)) == 1);
  }
  CHECK(cache.stats().heldBytes <= 10'000);
  cache.get(chunkKey(0), source.pyramid({}), scratch);
  CHECK(source.reads(chunkKey(0)) == 2);
}

TEST_CASE("threads that want a chunk in the making wait for it, and share its failure") {
  FakeSource source(VoxelType::uint8, {32, 16, 16}, {dvec3(1)}, ivec3(16));
  ChunkCache cache(source, 1 << 20);
  const ImagePyramid& pyramid = source.pyramid({});
  for (const bool fails : {true, false}) {
    source.failRead(chunkKey(0), fails ? std::make_exception_ptr(Error("unreadable")) : nullptr);
    source.holdAll();
    std::atomic<int> served{0};
    std::atomic<int> failed{0};
    const auto want = [&] {
      DecodeScratch scratch;
      try {
        cache.get(chunkKey(0), pyramid, scratch);
        ++served;
      } catch (const Error&) {
        ++failed;
      }
    };
    std::jthread first(want);
    source.waitForHeld(1);
    DecodeScratch scratch;
    CHECK(!cache.getUnlessBusy(chunkKey(0), pyramid, scratch));
    {
      // These come while the first is at it; whether they have begun to wait when it is released must not
      // matter.
      std::jthread second(want);
      std::jthread third(want);
      source.releaseAll();
    }
    first.join();
    CHECK(served + failed == 3);
    CHECK((fails ? served : failed) == 0);
  }
  // Failures are not kept, the chunk is.
  DecodeScratch scratch;
  const int reads = source.totalReads();
  CHECK(cache.get(chunkKey(0), pyramid, scratch) != nullptr);
  CHECK(source.totalReads() == reads);
}
