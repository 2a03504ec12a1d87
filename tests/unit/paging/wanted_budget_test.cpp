#include "paging/wanted.h"
#include "pyramid/level_transform.h"
#include "support/fakes/random_plans.h"

#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

using namespace volary;
using namespace volary::test;

TEST_CASE("no view wants more bricks than there are slots") {
  Random random(4);
  const std::vector<PlannedScene> all = scenes();
  int biased = 0;
  for (int round = 0; round < 10'000; ++round) {
    const PlannedScene& scene = all[round % all.size()];
    const auto budget = static_cast<std::uint32_t>(random(0, 300));
    const Box3 world = worldBox(scene.pyramid, scene.worldFromVoxel);
    const WantedSet wanted = plan(scene, {randomRegion(random, world)}, budget, random(0, 6));
    if (wanted.bricks.size() > budget) FAIL("round " << round << ": " << wanted.bricks.size() << " > " << budget);
    biased += wanted.bias > 0;
  }
  CHECK(biased > 1000);
}

TEST_CASE("a zoom moves the bias in one direction, and a still picture keeps it") {
  const PlannedScene scene{makePyramid({1024, 1024, 1024}, powersOfTwo(6))};
  double bias = 0.0;
  int changes = 0;
  const auto view = [&](int step) {
    return std::vector{alongZ(dvec3(511.5), std::exp2(-5.0 + 0.02 * step), {1200, 1200})};
  };
  for (int step = 0; step < 250; ++step) {
    const WantedSet wanted = plan(scene, view(step), 1500, bias);
    REQUIRE(wanted.bias >= bias);
    changes += wanted.bias > bias;
    bias = wanted.bias;
    const WantedSet still = plan(scene, view(step), 1500, bias);
    REQUIRE(still.bias == bias);
    REQUIRE(names(still) == names(wanted));
  }
  CHECK(bias > 1.0);
  CHECK(changes > 8);
  for (int step = 250; step >= 0; --step) {
    const WantedSet wanted = plan(scene, view(step), 1500, bias);
    REQUIRE(wanted.bias <= bias);
    bias = wanted.bias;
  }
  CHECK(bias == 0.0);
}

TEST_CASE("the bias falls only into a tenth of free room") {
  const PlannedScene scene{makePyramid({512, 512, 512}, powersOfTwo(5))};
  const std::vector<ViewRegion> regions = {alongZ(dvec3(255.5), 0.5, {512, 512})};
  // At bias 0: 1 + 8 + 64 + 512 bricks.
  CHECK(plan(scene, regions, 585, 0.0).bias == 0.0);
  CHECK(plan(scene, regions, 584, 0.0).bias == 1.0);
  CHECK(plan(scene, regions, 590, 1.0).bias == 1.0);
  CHECK(plan(scene, regions, 660, 1.0).bias == 0.0);
}

TEST_CASE("a volume of 10^15 voxels is planned like a small one") {
  const PlannedScene huge{makePyramid(i64vec3(100'000), powersOfTwo(12))};
  Random random(7);
  for (int round = 0; round < 20; ++round) {
    Camera camera;
    camera.worldFromCamera = random.rotation();
    camera.position = random.vector(0, 100'000);
    const WantedSet wanted = plan(huge, {makeVolumeRegion(camera, {0, 0}, {1920, 1080})}, 4000);
    CHECK(wanted.fits);
    CHECK(wanted.bricks.size() <= 4000);
    CHECK(leafLevels(wanted).contains(0));
  }
  const std::vector<ViewRegion> view = {alongZ(dvec3(50'000), 1.0, {1920, 1080})};
  const WantedImage image{.pyramid = &huge.pyramid};
  const WantedSet pinned = planWanted({.images = {&image, 1}, .regions = view, .pinnedLevel = 0, .slotBudget = 4000});
  CHECK(!pinned.fits);
  CHECK(pinned.bricks.size() == 4000);
}

TEST_CASE("where not even the coarsest level fits, the bricks in the middle of the view are kept") {
  const PlannedScene scene{makePyramid({1024, 1024, 32}, {dvec3(1)})};
  const std::vector<ViewRegion> view = {alongZ({511.5, 511.5, 16}, 0.5, {300, 300})};
  const WantedSet all = plan(scene, view, 5000);
  CHECK(all.fits);
  CHECK(all.bricks.size() == 32 * 32);
  const WantedSet inView = plan(scene, view, 800);
  CHECK(inView.fits);
  CHECK(inView.bricks.size() < 20 * 20 + 1);
  const WantedSet some = plan(scene, view, 100);
  CHECK(!some.fits);
  REQUIRE(some.bricks.size() == 100);
  for (std::size_t i = 0; i < 100; ++i) CHECK(some.bricks[i].key == inView.bricks[i].key);
  for (std::size_t i = 1; i < 100; ++i) CHECK(some.bricks[i - 1].centreDistance <= some.bricks[i].centreDistance);
}
