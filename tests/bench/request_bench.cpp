#include "paging/pager.h"
#include "streaming/request_queue.h"
#include "support/fakes/fake_source.h"

#include <catch2/benchmark/catch_benchmark.hpp>
#include <catch2/catch_test_macros.hpp>

#include <vector>

using namespace volary;

namespace {

constexpr int kBricks = 10'000;

BrickKey keyAt(int n) { return {.level = 0, .brick = {n % 32, n / 32 % 32, n / 1024}}; }

std::vector<BrickKey> keysFrom(int first) {
  std::vector<BrickKey> keys;
  for (int n = first; n < first + kBricks; ++n) keys.push_back(keyAt(n));
  return keys;
}

WantedSet wantedFrom(int first) {
  WantedSet wanted{.levelCount = 1};
  for (const BrickKey& key : keysFrom(first)) wanted.bricks.push_back({.key = key});
  return wanted;
}

}  // namespace

TEST_CASE("what 10,000 wanted bricks cost a frame") {
  BENCHMARK_ADVANCED("replacing the lists of the request queue")(Catch::Benchmark::Chronometer meter) {
    RequestQueue queue(64, 1);
    std::vector<std::vector<BrickKey>> lists;
    for (int i = 0; i < meter.runs(); ++i) lists.push_back(keysFrom(i % 100));
    meter.measure([&](int run) { queue.replace(std::move(lists[static_cast<std::size_t>(run)]), {}); });
  };
  BENCHMARK_ADVANCED("finding out that a brick is at the list's end")(Catch::Benchmark::Chronometer meter) {
    RequestQueue queue(64, 1);
    queue.replace({keyAt(kBricks - 1)}, {});
    const BrickTicket begun = *queue.tryBegin();
    queue.replace(keysFrom(0), {});
    meter.measure([&] {
      BrickTicket ticket = begun;
      return queue.dropIfStale(ticket);
    });
  };

  // No brick is ever there: the worst case for the pager, which has to ask for all of them.
  test::FakeSource source(VoxelType::uint8, {1024, 1024, 512}, {dvec3(1)}, ivec3(32));
  source.holdAll();
  {
    Pager pager(source, {.threads = 1}, 12'000);
    int first = 0;
    BENCHMARK("the pager's part: a new wanted set, its requests and states") {
      pager.setWanted(wantedFrom(first = (first + 37) % 1000));
      return pager.update(100).missing;
    };
    BENCHMARK("of that, making the set for it") { return wantedFrom(first).bricks.size(); };
    source.releaseAll();
  }
}
