#include "base/error.h"
#include "paging/pager.h"
#include "support/fakes/fake_source.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <random>
#include <set>

using namespace volary;
using test::kPatience;

namespace {

/// 512 x 128 x 128 in three levels: 256 + 32 + 4 bricks; chunks as large as a brick.
test::FakeSource makeSource() {
  return {VoxelType::uint8, {512, 128, 128}, {dvec3(1), dvec3(2), dvec3(4)}, {32, 32, 32}};
}

BrickKey fineKey(int n) { return {.level = 0, .brick = {n % 16, n / 16 % 4, n / 64}}; }

/// The four coarsest bricks, and `fine` bricks of level 0.
WantedSet wantedWith(const std::vector<int>& fine) {
  WantedSet wanted{.levelCount = 3};
  for (int x = 0; x < 4; ++x)
    wanted.bricks.push_back({.key = {.level = 2, .brick = {x, 0, 0}}, .leaf = false, .coarsest = true});
  for (const int n : fine) wanted.bricks.push_back({.key = fineKey(n), .leaf = true});
  return wanted;
}

std::vector<BrickKey> fineKeys(int first, int count) {
  std::vector<BrickKey> keys;
  for (int n = first; n < first + count; ++n) keys.push_back(fineKey(n));
  return keys;
}

/// Updates until nothing wanted and nothing of the prefetch list is on its way. Returns all errors on the way.
std::vector<std::string> settle(Pager& pager) {
  std::vector<std::string> errors;
  while (true) {
    const PagerFrame& frame = pager.update(3);
    errors.insert(errors.end(), frame.newErrors.begin(), frame.newErrors.end());
    if (frame.missing == 0 && frame.aheadPending == 0) return errors;
    REQUIRE(pager.waitForBrick(kPatience));
  }
}

void checkAccount(const Pager& pager) {
  const AheadCounts counts = pager.aheadCounts();
  CHECK(counts.loaded == counts.used + counts.wasted + counts.resident);
}

}  // namespace

TEST_CASE("what was loaded ahead is there at once when it is wanted") {
  test::FakeSource source = makeSource();
  Pager pager(source, {.threads = 2}, 64);
  pager.setWanted(wantedWith({0, 1, 2}));
  pager.setAhead(fineKeys(1, 6));
  CHECK(settle(pager).empty());
  AheadCounts counts = pager.aheadCounts();
  CHECK(counts.loaded == 4);  // two of the six are wanted
  CHECK(counts.resident == 4);
  CHECK(counts.used == 0);

  pager.setWanted(wantedWith({3, 4, 5}));
  const PagerFrame& frame = pager.update(10);
  CHECK(frame.missing == 0);
  CHECK(frame.uploads.empty());
  CHECK(pager.hits() == 3);
  counts = pager.aheadCounts();
  CHECK(counts.used == 3);
  CHECK(counts.resident == 1);
  checkAccount(pager);

  // It is done: nothing is asked for any more.
  CHECK(!pager.update(10).changed);
  CHECK(pager.update(10).aheadPending == 0);
}

TEST_CASE("the prefetch list changes nothing in the frames that it is loaded in") {
  test::FakeSource source = makeSource();
  Pager pager(source, {.threads = 2}, 64);
  pager.setWanted(wantedWith({0, 1}));
  settle(pager);
  const std::vector<ResidentBrick> before = pager.update(10).resident;
  pager.setAhead(fineKeys(2, 10));
  std::size_t uploads = 0;
  while (uploads < 10) {
    const PagerFrame& frame = pager.update(10);
    CHECK(!frame.changed);
    uploads += frame.uploads.size();
    CHECK(std::ranges::equal(frame.resident, before, {}, &ResidentBrick::slot, &ResidentBrick::slot));
    if (uploads < 10) REQUIRE(pager.waitForBrick(kPatience));
  }
}

TEST_CASE("nothing is loaded ahead while something wanted is queued") {
  test::FakeSource source = makeSource();
  source.holdAll();
  Pager pager(source, {.threads = 1}, 64);
  pager.setWanted(wantedWith({0, 1}));
  pager.setAhead(fineKeys(40, 1));
  pager.update(10);
  source.waitForHeld(1);
  source.releaseAll();
  std::vector<BrickKey> order;
  while (order.size() < 7) {
    const std::uint64_t before = pager.aheadCounts().loaded;
    const PagerFrame& frame = pager.update(1);
    for (std::size_t i = 0; i < frame.uploads.size(); ++i) order.push_back({});
    if (pager.aheadCounts().loaded > before) CHECK(order.size() == 7);
    if (order.size() < 7) REQUIRE(pager.waitForBrick(kPatience));
  }
}

TEST_CASE("whatever is loaded ahead, no wanted brick leaves and a quarter of the slots is not exceeded") {
  test::FakeSource source = makeSource();
  constexpr std::uint32_t kSlots = 32;
  Pager pager(source, {.threads = 2}, kSlots);
  std::mt19937 random(5);
  std::set<BrickKey, bool (*)(const BrickKey&, const BrickKey&)> resident(
      [](const BrickKey& a, const BrickKey& b) { return std::hash<BrickKey>()(a) < std::hash<BrickKey>()(b); });
  for (int i = 0; i < 400; ++i) {
    std::vector<int> fine;
    const int first = static_cast<int>(random() % 200);
    const int count = static_cast<int>(random() % (kSlots - 4));
    for (int n = 0; n < count; ++n) fine.push_back(first + n);
    pager.setWanted(wantedWith(fine));
    pager.setAhead(fineKeys(first + static_cast<int>(random() % 30), 20));
    CHECK(pager.mostAhead() <= kSlots / 4);
    resident.clear();
    for (int frames = 0; frames < 5; ++frames) {
      const PagerFrame& frame = pager.update(4);
      std::size_t kept = 0;
      for (const ResidentBrick& brick : frame.resident) kept += resident.contains(brick.key);
      CHECK(kept == resident.size());
      for (const ResidentBrick& brick : frame.resident) resident.insert(brick.key);
      CHECK(pager.cache().aheadCount() <= kSlots / 4);
      CHECK(pager.cache().usedCount() <= kSlots);
      checkAccount(pager);
    }
    if (i % 10 == 0) {
      settle(pager);
      CHECK(pager.update(1).resident.size() == fine.size() + 4);
    }
  }
  CHECK(pager.aheadCounts().used > 50);
  CHECK(pager.aheadCounts().wasted > 50);
}

TEST_CASE("a brick that fails ahead is not reported until somebody wants it") {
  test::FakeSource source = makeSource();
  source.failRead({.level = 0, .chunk = {5, 0, 0}}, std::make_exception_ptr(Error("f.h5: disk gone")));
  Pager pager(source, {.threads = 2}, 64);
  pager.setWanted(wantedWith({0}));
  pager.setAhead(fineKeys(5, 1));
  CHECK(settle(pager).empty());
  CHECK(pager.aheadCounts().loaded == 0);
  // Nor is it read over and over.
  const int reads = source.totalReads();
  pager.setAhead({});
  settle(pager);
  pager.setAhead(fineKeys(5, 1));
  CHECK(settle(pager).empty());
  CHECK(source.totalReads() == reads);

  pager.setWanted(wantedWith({5}));
  CHECK(settle(pager).size() == 1);
  CHECK(pager.update(1).failed == 1);
}

TEST_CASE("a wanted set that fills the page cache leaves no room to load ahead, and that ends") {
  test::FakeSource source = makeSource();
  Pager pager(source, {.threads = 2}, 16);
  std::vector<int> fine;
  for (int n = 0; n < 12; ++n) fine.push_back(n);
  pager.setWanted(wantedWith(fine));
  CHECK(pager.mostAhead() == 0);
  pager.setAhead(fineKeys(20, 4));
  settle(pager);
  CHECK(pager.aheadCounts().loaded == 0);
  CHECK(pager.update(1).resident.size() == 16);
}
