#include "pyramid/brick_map.h"

#include <catch2/catch_test_macros.hpp>

#include <random>
#include <unordered_map>

using namespace volary;

TEST_CASE("a map of bricks holds what a standard one holds, whatever is put in and taken out") {
  std::mt19937 random(7);
  BrickMap<int> map;
  CHECK_FALSE(map.contains({}));
  CHECK_FALSE(map.erase({}));
  const auto pick = [&](int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); };
  const auto anyKey = [&] {
    return BrickKey{
        .image = {pick(2), pick(2)}, .level = pick(3), .brick = {pick(16), pick(16), pick(16)}, .peaks = pick(2)};
  };
  for (const int count : {3, 5000, 0, 40, 20000}) {
    std::unordered_map<BrickKey, int> expected;
    map.clear();
    for (int i = 0; i < count; ++i) {
      const BrickKey key = anyKey();
      switch (pick(5)) {
        case 0: REQUIRE(map.erase(key) == (expected.erase(key) > 0)); break;
        case 1:
          map.assign(key, i);
          expected[key] = i;
          break;
        default: REQUIRE(map.tryEmplace(key, i).second == expected.try_emplace(key, i).second);
      }
    }
    const auto isOdd = [](const auto& entry) { return entry.second % 2 == 1; };
    map.eraseIf(isOdd);
    std::erase_if(expected, isOdd);
    CHECK(map.size() == expected.size());
    for (int i = 0; i < 20000; ++i) {
      const BrickKey key = anyKey();
      REQUIRE(map.contains(key) == expected.contains(key));
    }
    for (const auto& [key, value] : expected) REQUIRE(map.find(key)->second == value);
    for (const auto& [key, value] : map) REQUIRE(expected.at(key) == value);
  }
}

TEST_CASE("sets of bricks find each brick once, in the order in which they were put in a map") {
  BrickSet set;
  CHECK(set.insert({.level = 3}));
  CHECK_FALSE(set.insert({.level = 3}));
  CHECK(set.insert({.level = 1}));
  CHECK(set.erase({.level = 3}));
  CHECK_FALSE(set.contains({.level = 3}));
  CHECK(set.size() == 1);
  set.eraseIf([](const BrickKey& key) { return key.level == 1; });
  CHECK(set.empty());

  BrickMap<int> map;
  for (const int level : {7, 2, 9}) map.tryEmplace({.level = level});
  int levels = 0;
  for (const auto& [key, value] : map) levels = 10 * levels + key.level;
  CHECK(levels == 729);
}
