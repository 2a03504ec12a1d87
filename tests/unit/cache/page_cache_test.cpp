#include "cache/page_cache.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

using namespace volary;

namespace {

BrickKey key(int n) { return {.image = {}, .level = 0, .brick = {n, 0, 0}}; }

/// The same policy, written as plainly as possible: two lists in the order of leaving, searched from the front.
class NaiveCache {
 public:
  explicit NaiveCache(std::size_t slots) : slots_(slots) {}

  void beginFrame() { ++frame_; }

  bool touch(int brick) {
    if (!contains(brick)) return false;
    if (std::erase(ahead_, brick) > 0) {
      ++aheadUsed;
      used_.push_back(brick);
    } else if (lastFrame_[brick] != frame_ && !pinned_.contains(brick)) {
      std::erase(used_, brick);
      used_.push_back(brick);
    }
    lastFrame_[brick] = frame_;
    return true;
  }

  void touchAhead(int brick) {
    if (std::erase(ahead_, brick) == 0) return;
    ahead_.push_back(brick);
    lastFrame_[brick] = frame_;
  }

  bool insert(int brick) {
    if (used() == slots_) {
      const bool mayTakeUsed = !used_.empty() && lastFrame_[used_.front()] != frame_;
      if (!mayTakeUsed && ahead_.empty()) return false;
      evictFrom(mayTakeUsed && (ahead_.empty() || lastFrame_[used_.front()] < lastFrame_[ahead_.front()]) ? used_
                                                                                                          : ahead_);
    }
    used_.push_back(brick);
    lastFrame_[brick] = frame_;
    return true;
  }

  bool insertAhead(int brick) {
    const bool aheadIsOld = !ahead_.empty() && lastFrame_[ahead_.front()] != frame_;
    const bool usedIsOld = !used_.empty() && lastFrame_[used_.front()] != frame_;
    if (ahead_.size() == slots_ / 4) {
      if (!aheadIsOld) return false;
      evictFrom(ahead_);
    } else if (used() == slots_) {
      if (!aheadIsOld && !usedIsOld) return false;
      evictFrom(usedIsOld && (!aheadIsOld || lastFrame_[used_.front()] < lastFrame_[ahead_.front()]) ? used_ : ahead_);
    }
    ahead_.push_back(brick);
    lastFrame_[brick] = frame_;
    return true;
  }

  void pin(int brick) {
    std::erase(used_, brick);
    aheadUsed += std::erase(ahead_, brick);
    pinned_.insert(brick);
  }

  void unpin(int brick) {
    if (pinned_.erase(brick) == 0) return;
    const bool touched = lastFrame_[brick] == frame_;
    if (!touched) lastFrame_[brick] = 0;
    used_.insert(touched ? used_.end() : used_.begin(), brick);
  }

  bool contains(int brick) const {
    return std::ranges::count(used_, brick) + std::ranges::count(ahead_, brick) != 0 || pinned_.contains(brick);
  }
  std::size_t used() const { return used_.size() + ahead_.size() + pinned_.size(); }
  std::size_t ahead() const { return ahead_.size(); }
  bool touched(int brick) {
    return contains(brick) && std::ranges::count(ahead_, brick) == 0 && lastFrame_[brick] == frame_;
  }

  std::uint64_t evictions = 0;
  std::uint64_t aheadUsed = 0;
  std::uint64_t aheadWasted = 0;

 private:
  void evictFrom(std::vector<int>& list) {
    if (&list == &ahead_) ++aheadWasted;
    list.erase(list.begin());
    ++evictions;
  }

  std::size_t slots_;
  std::uint64_t frame_ = 1;
  std::vector<int> used_;
  std::vector<int> ahead_;
  std::set<int> pinned_;
  std::map<int, std::uint64_t> lastFrame_;
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
    const std::uint32_t what = random() % 20;
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
    } else if (what >= 18) {
      cache.touchAhead(key(brick));
      model.touchAhead(brick);
    } else if (what >= 16) {
      if (model.contains(brick)) continue;
      std::set<int> needed;
      for (int b = 0; b < kBricks; ++b)
        if (model.touched(b)) needed.insert(b);
      const std::optional<std::uint32_t> slot = cache.insertAhead(key(brick));
      REQUIRE(slot.has_value() == model.insertAhead(brick));
      if (slot) slotOf[brick] = *slot;
      for (const int b : needed) REQUIRE(cache.find(key(b)));
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
    REQUIRE(cache.aheadCount() == model.ahead());
    REQUIRE(cache.aheadUsed() == model.aheadUsed);
    REQUIRE(cache.aheadWasted() == model.aheadWasted);
    REQUIRE(cache.aheadCount() <= cache.aheadLimit());
    for (int b = 0; b < kBricks; ++b) {
      const std::optional<std::uint32_t> slot = cache.find(key(b));
      if (slot.has_value() != model.contains(b) || (slot && *slot != slotOf[b]))
        FAIL("brick " << b << ", step " << step);
    }
  }
  CHECK(model.evictions > 10'000);
  CHECK(model.aheadUsed > 500);
  CHECK(model.aheadWasted > 1000);

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

TEST_CASE(
    "bricks loaded ahead take a quarter of the slots, none that the frame needs, and leave for any that it needs") {
  PageCache cache(8);
  for (int i = 0; i < 6; ++i) cache.insert(key(i));
  CHECK(cache.insertAhead(key(10)));
  CHECK(cache.insertAhead(key(11)));
  CHECK(!cache.insertAhead(key(12)));  // two of eight, both of this frame
  CHECK(cache.insert(key(6)));         // needed: the older one of the two leaves
  CHECK(!cache.find(key(10)));
  CHECK(!cache.insertAhead(key(12)));  // all others are needed now
  CHECK(cache.aheadWasted() == 1);

  cache.beginFrame();
  for (int i = 1; i < 7; ++i) cache.touch(key(i));
  cache.touchAhead(key(11));
  CHECK(cache.insertAhead(key(12)));  // where 0 was
  CHECK(!cache.find(key(0)));
  CHECK(cache.touch(key(12)));
  CHECK(cache.aheadUsed() == 1);
  CHECK(cache.aheadCount() == 1);
  cache.beginFrame();
  CHECK(cache.insert(key(20)));  // all are of the last frame: then what nobody has seen leaves
  CHECK(!cache.find(key(11)));
}

TEST_CASE("a page cache without slots holds nothing") {
  PageCache cache(0);
  CHECK(!cache.insert(key(0)));
  CHECK(!cache.insertAhead(key(0)));
  CHECK(!cache.touch(key(0)));
}
