#include "paging/pager.h"
#include "base/error.h"
#include "support/fakes/fake_source.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <iterator>
#include <random>
#include <set>

using namespace volary;
using test::kPatience;

namespace {

/// 128^3 in three levels: 64 + 8 + 1 bricks; chunks as large as a brick.
test::FakeSource makeSource() {
  return {VoxelType::uint8, {128, 128, 128}, {dvec3(1), dvec3(2), dvec3(4)}, {32, 32, 32}};
}

WantedBrick brick(int level, const ivec3& at, bool leaf = true) {
  return {.key = {.level = level, .brick = at}, .leaf = leaf};
}

/// The coarsest brick, the eight of level 1, and `fine` bricks of level 0.
WantedSet wantedWith(const std::vector<ivec3>& fine) {
  WantedSet wanted{.levelCount = 3};
  wanted.bricks.push_back(brick(2, {0, 0, 0}, false));
  wanted.bricks.back().coarsest = true;
  for (int i = 0; i < 8; ++i) wanted.bricks.push_back(brick(1, {i & 1, i >> 1 & 1, i >> 2}));
  for (const ivec3& at : fine) wanted.bricks.push_back(brick(0, at));
  return wanted;
}

/// Updates until nothing is missing; every wait ends with a brick, so no time passes in vain. Returns all errors on the
/// way.
std::vector<std::string> settle(Pager& pager, std::set<std::uint32_t>* uploadedSlots = nullptr) {
  std::vector<std::string> errors;
  while (true) {
    const PagerFrame& frame = pager.update(3);
    errors.insert(errors.end(), frame.newErrors.begin(), frame.newErrors.end());
    if (uploadedSlots)
      for (const BrickUpload& upload : frame.uploads) uploadedSlots->insert(upload.slot);
    if (frame.missing == 0) return errors;
    REQUIRE(pager.waitForBrick(kPatience));
  }
}

}  // namespace

TEST_CASE("all wanted bricks get slots of their own, and then nothing happens any more") {
  test::FakeSource source = makeSource();
  Pager pager(source, {.threads = 2}, 32);
  pager.setWanted(wantedWith({{0, 0, 0}, {3, 3, 3}}));
  std::set<std::uint32_t> slots;
  CHECK(settle(pager, &slots).empty());
  CHECK(slots.size() == 11);

  const PagerFrame& still = pager.update(100);
  CHECK(!still.changed);
  CHECK(still.uploads.empty());
  CHECK(still.coarsestComplete);
  CHECK(still.resident.size() == 11);
  CHECK(still.levels[0].resident == 2);
  CHECK(still.levels[1].resident == 8);
  CHECK(std::ranges::all_of(still.states, [](BrickState s) { return s == BrickState::resident; }));
  CHECK(pager.misses() == 11);

  // A brick that is wanted again and still there is a hit.
  pager.setWanted(wantedWith({{1, 1, 1}}));
  settle(pager);
  pager.setWanted(wantedWith({{3, 3, 3}}));
  CHECK(pager.update(1).missing == 0);
  CHECK(pager.hits() == 1);
  CHECK(pager.misses() == 12);
}

TEST_CASE("bricks that are under way are missing and not loaded again, whatever else happens") {
  test::FakeSource source = makeSource();
  Pager pager(source, {.threads = 1}, 32);
  pager.setWanted(wantedWith({{0, 0, 0}}));
  pager.update(0);
  FrameVector<LoadedBrick> underWay;
  while (underWay.size() < 10) {
    REQUIRE(pager.waitForBrick(kPatience));
    std::ranges::move(pager.takeFinished(10), std::back_inserter(underWay));
  }
  CHECK(pager.update(0).missing == 10);
  // With another wanted set, everything that is missing is asked for.
  pager.setWanted(wantedWith({{0, 0, 0}, {3, 3, 3}}));
  CHECK(pager.update(0).missing == 11);
  REQUIRE(pager.waitForBrick(kPatience));
  CHECK(pager.update(10).missing == 10);
  CHECK(pager.loaderStats().queued + pager.loaderStats().inFlight == 0);
  CHECK(pager.update(std::move(underWay)).missing == 0);
  CHECK(pager.loaderStats().bricksFinished == 11);

  // A brick that failed can still be asked for again.
  const ChunkKey bad{.level = 0, .chunk = {0, 3, 0}};
  source.failRead(bad, std::make_exception_ptr(Error("f.h5: disk gone")));
  pager.setWanted(wantedWith({{0, 3, 0}}));
  pager.update(0);
  REQUIRE(pager.waitForBrick(kPatience));
  CHECK(pager.update(pager.takeFinished(1)).failed == 1);
  source.failRead(bad, nullptr);
  pager.retryFailed();
  CHECK(settle(pager).empty());
}

TEST_CASE("a brick that fails is reported once, stays failed, and is asked for again on request") {
  test::FakeSource source = makeSource();
  const ChunkKey bad{.level = 0, .chunk = {2, 2, 2}};
  source.failRead(bad, std::make_exception_ptr(Error("f.h5: disk gone")));
  Pager pager(source, {.threads = 2}, 32);
  // One brick of the wanted ones has the chunk as its payload; its neighbours touch it with their border.
  pager.setWanted(wantedWith({{2, 2, 2}, {0, 0, 0}}));
  const auto errors = settle(pager);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].find("f.h5: disk gone") != std::string::npos);
  CHECK(pager.update(1).failed == 1);
  CHECK(pager.update(1).levels[0].failed == 1);
  CHECK(pager.update(1).levels[0].resident == 1);

  const int reads = source.reads(bad);
  for (int i = 0; i < 5; ++i) {
    pager.setWanted(wantedWith({{2, 2, 2}, {0, 0, i % 4}}));
    CHECK(settle(pager).empty());
  }
  CHECK(source.reads(bad) == reads);

  source.failRead(bad, nullptr);
  pager.retryFailed();
  CHECK(settle(pager).empty());
  CHECK(pager.update(1).failed == 0);
}

TEST_CASE("once the coarsest level is in, it is resident in every frame, however the wanted set changes") {
  test::FakeSource source = makeSource();
  constexpr std::uint32_t kSlots = 15;
  Pager pager(source, {.threads = 2}, kSlots);
  pager.setWanted(wantedWith({}));
  settle(pager);

  std::mt19937 random(3);
  std::uniform_int_distribution<int> coordinate(0, 3);
  for (int i = 0; i < 300; ++i) {
    std::vector<ivec3> fine;
    for (int n = 0; n < 6; ++n) {
      const ivec3 at(coordinate(random), coordinate(random), coordinate(random));
      if (std::ranges::find(fine, at) == fine.end()) fine.push_back(at);
    }
    pager.setWanted(wantedWith(fine));
    const PagerFrame& frame = pager.update(2);
    CHECK(frame.coarsestComplete);
    CHECK(frame.states[0] == BrickState::resident);
    CHECK(frame.resident.size() + frame.missing == frame.states.size());
    CHECK(pager.cache().usedCount() <= kSlots);
    std::set<std::uint32_t> slots;
    for (const ResidentBrick& resident : frame.resident) slots.insert(resident.slot);
    CHECK(slots.size() == frame.resident.size());
    if (i % 10 == 0) settle(pager);
  }
}

TEST_CASE("a frame takes no more bricks than it may upload") {
  test::FakeSource source = makeSource();
  Pager pager(source, {.threads = 1}, 32);
  pager.setWanted(wantedWith({{0, 0, 0}}));
  std::size_t taken = 0;
  while (taken < 10) {
    const PagerFrame& frame = pager.update(1);
    CHECK(frame.uploads.size() <= 1);
    taken += frame.uploads.size();
    if (frame.missing > 0) REQUIRE(pager.waitForBrick(kPatience));
  }
}

namespace {

/// Updates until nothing that is asked for is missing.
const PagerFrame& settleDemand(Pager& pager) {
  while (true) {
    const PagerFrame& frame = pager.update(3);
    if (frame.missing == 0) return frame;
    REQUIRE(pager.waitForBrick(kPatience));
  }
}

/// wantedWith(), where the bricks of level 1 are ancestors.
WantedSet wantedBelow(const std::vector<ivec3>& fine) {
  WantedSet wanted = wantedWith(fine);
  for (WantedBrick& one : wanted.bricks)
    if (one.key.level == 1) one.leaf = false;
  return wanted;
}

}  // namespace

TEST_CASE("where rays tell, ancestors are loaded, and of what they lead to only what is reached") {
  test::FakeSource source = makeSource();
  Pager pager(source, {.threads = 2}, 32);
  pager.setDemand(Demand::reached);
  pager.setWanted(wantedBelow({{0, 0, 0}, {1, 0, 0}, {3, 3, 3}}));
  // While an ancestor is missing, rays can't tell.
  CHECK(!pager.update(3).raysTell);
  const PagerFrame& frame = settleDemand(pager);
  CHECK((frame.resident.size() == 9 && frame.unreached == 3 && frame.levels[0].unreached == 3));
  REQUIRE((frame.raysTell && frame.ghosts.size() == 3));
  CHECK(frame.states.back() == BrickState::unreached);
  CHECK(source.reads({.level = 0, .chunk = {3, 3, 3}}) == 0);

  // A brick that is reached is asked for, which changes nothing in the picture until it is there.
  pager.noteReached(std::vector{frame.ghosts[2]});
  const PagerFrame& asked = pager.update(0);
  CHECK((!asked.changed && asked.missing == 1 && asked.unreached == 2 && asked.ghosts.size() == 3));
  CHECK((settleDemand(pager).resident.size() == 10 && frame.ghosts.size() == 2));
  CHECK((!pager.update(3).changed && pager.update(3).missing == 0));

  // The report holds as long as the brick is wanted, and no longer.
  source.holdAll();
  pager.noteReached(std::vector{frame.ghosts[0]});
  const BrickKey held = frame.ghosts[0];
  pager.setWanted(wantedBelow({held.brick, {2, 2, 2}}));
  CHECK(pager.update(0).missing == 1);
  pager.setWanted(wantedBelow({{2, 2, 2}}));
  pager.setWanted(wantedBelow({held.brick, {2, 2, 2}}));
  CHECK((pager.update(0).missing == 0 && frame.unreached == 2));
  source.releaseAll();
  pager.noteReached(std::vector{BrickKey{.level = 0, .brick = {1, 1, 1}}});  // not wanted any more
  CHECK(pager.update(3).missing == 0);
}

TEST_CASE("when rays tell no more, all that is wanted is asked for") {
  test::FakeSource source = makeSource();
  Pager pager(source, {.threads = 2}, 32);
  pager.setDemand(Demand::reached);
  pager.setWanted(wantedBelow({{0, 0, 0}, {3, 3, 3}}));
  CHECK(settleDemand(pager).unreached == 2);
  pager.setDemand(Demand::all);
  const PagerFrame& frame = pager.update(0);
  CHECK((frame.changed && !frame.raysTell && frame.missing == 2 && frame.unreached == 0));
  CHECK(settleDemand(pager).resident.size() == 11);
  // With everything there it makes no difference.
  pager.setDemand(Demand::reached);
  CHECK((!pager.update(3).changed && !frame.raysTell && frame.ghosts.empty()));
}
