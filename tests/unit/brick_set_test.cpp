#include "paging/brick_set.h"

#include <catch2/catch_test_macros.hpp>

#include <random>
#include <unordered_set>

using namespace volary;

TEST_CASE("a set of bricks holds what a standard one holds, however often it is made anew") {
  std::mt19937 random(7);
  BrickSet set;
  CHECK_FALSE(set.contains({}));
  for (const int count : {3, 5000, 0, 40, 20000}) {
    std::unordered_set<BrickKey> expected;
    set.clear();
    const auto anyKey = [&] {
      const auto pick = [&](int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); };
      return BrickKey{.image = {pick(2), pick(2)}, .level = pick(3), .brick = {pick(16), pick(16), pick(16)}, .peaks = pick(2)};
    };
    for (int i = 0; i < count; ++i) {
      const BrickKey key = anyKey();
      REQUIRE(set.insert(key) == expected.insert(key).second);
    }
    CHECK(set.size() == expected.size());
    for (int i = 0; i < 20000; ++i) {
      const BrickKey key = anyKey();
      REQUIRE(set.contains(key) == expected.contains(key));
    }
    for (const BrickKey& key : expected) REQUIRE(set.contains(key));
  }
}
