#include "cache/page_cache.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

using namespace volary;

namespace {

BrickKey key(int n) {
  return {.image = {}, .level = 0, .brick = {n, 0, 0}};
}

/// The same policy, told as plainly as possible: a list in the order of leaving, searched from its front.
class NaiveCache {
 public:
  explicit NaiveCache(std::size_t slots) : slots_(slots) {}

  void beginFrame() { touched_.clear(); }

  bool touch(int brick) {
    if (!contains(brick)) return false;
    if (touched_.insert(brick).second && !pinned_.contains(brick)) {
      std::erase(order_, brick);
      order_.push_back(brick);
    }
    return true;
  }

  bool insert(int brick) {
    if (order_.size() + pinned_.size() == slots_) {
      if (order_.empty() || touched_.contains(order_.front())) return false;
      order_.erase(order_.begin());
      ++evictions;
    }
    order_.push_back(brick);
    touched_.insert(brick);
    return true;
  }

  void pin(int brick) {
    std::erase(order_, brick);
    pinned_.insert(brick);
  }

  void unpin(int brick) {
    if (pinned_.erase(brick) == 0) return;
    order_.insert(touched_.contains(brick) ? order_.end() : order_.begin(), brick);
  }

  bool contains(int brick) const { return std::ranges::count(order_, brick) != 0 || pinned_.contains(brick); }
  std::size_t used() const { return order_.size() + pinned_.size(); }

  std::uint64_t evictions = 0;

 private:
  std::size_t slots_;
  std::vector<int> order_;
  std::set<int> pinned_;
  std::set<int> touched_;
};

}  // namespace

TEST_CASE("the page cache agrees with a naive model over 100,000 operations") {
  constexpr int kBricks = 40;
  PageCache cache(16);
  NaiveCache model(16);
  std::mt19937 random(20240917);
  std::vector<std::uint32_t> slotOf(kBricks, ~0u);

  for (int step = 0; step < 100'000; ++step) {
    const int brick = static_cast<int>(random() % kBricks);
    const std::uint32_t what = random() % 16;
    if (what == 0) {
      cache.beginFrame();
      model.beginFrame();
    } else if (what < 6) {
      REQUIRE(cache.touch(key(brick)).has_value() == model.touch(brick));
    } else if (what < 13) {
      if (model.contains(brick)) continue;
      const std::optional<std::uint32_t> slot = cache.insert(key(brick));
      REQUIRE(slot.has_value() == model.insert(brick));
      if (slot) slotOf[brick] = *slot;
    } else if (model.contains(brick)) {
      // Pins are rarer than their removal, so that the cache doesn't fill up with them.
      if (what == 13) {
        cache.pin(key(brick));
        model.pin(brick);
      } else {
        cache.unpin(key(brick));
        model.unpin(brick);
      }
    }
    REQUIRE(cache.usedCount() == model.used());
    REQUIRE(cache.evictions() == model.evictions);
    for (int b = 0; b < kBricks; ++b) {
      const std::optional<std::uint32_t> slot = cache.find(key(b));
      if (slot.has_value() != model.contains(b) || (slot && *slot != slotOf[b]))
        FAIL("brick " << b << ", step " << step);
    }
  }
  CHECK(model.evictions > 10'000);

  std::set<std::uint32_t> slots;
  for (const auto& [brick, slot] : cache.resident()) {
    CHECK(slot < 16);
    CHECK(slots.insert(slot).second);
    CHECK(cache.find(brick) == slot);
  }
  CHECK(slots.size() == cache.usedCount());
}

TEST_CASE("a page cache gives no slot away that this frame needs") {
  PageCache cache(2);
  CHECK(cache.insert(key(1)));
  CHECK(cache.insert(key(2)));
  CHECK(!cache.insert(key(3)));
  cache.beginFrame();
  cache.touch(key(1));
  const std::optional<std::uint32_t> slotOf2 = cache.find(key(2));
  CHECK(cache.insert(key(3)) == slotOf2);
  CHECK(!cache.find(key(2)));
  CHECK(!cache.insert(key(4)));
}

TEST_CASE("a pinned brick stays however long it is unused") {
  PageCache cache(2);
  cache.insert(key(0));
  cache.pin(key(0));
  for (int i = 1; i < 100; ++i) {
    cache.beginFrame();
    CHECK(cache.insert(key(i)));
  }
  CHECK(cache.find(key(0)));
  cache.clear();
  CHECK(cache.usedCount() == 0);
  CHECK(cache.insert(key(0)));
  CHECK(cache.insert(key(1)));
}

TEST_CASE("a page cache without slots holds nothing") {
  PageCache cache(0);
  CHECK(!cache.insert(key(0)));
  CHECK(!cache.touch(key(0)));
}
