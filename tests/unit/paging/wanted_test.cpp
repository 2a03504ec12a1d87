#include "paging/wanted.h"
#include "pyramid/level_transform.h"
#include "pyramid/overlap.h"
#include "scene/level_detail.h"
#include "support/fakes/random_plans.h"

#include <catch2/catch_test_macros.hpp>
#include <glm/gtc/constants.hpp>
#include <glm/gtc/matrix_transform.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

using namespace volary;
using namespace volary::test;

namespace {

constexpr double kPi = glm::pi<double>();

}  // namespace

TEST_CASE("the level follows the screen: at most one pixel a voxel") {
  const PlannedScene scene{makePyramid({512, 512, 512}, powersOfTwo(5))};
  for (int level = 0; level < 5; ++level) {
    const double pixelsPerVoxel = std::exp2(-level);
    const WantedSet wanted = plan(scene, {alongZ(dvec3(255.5), pixelsPerVoxel, {512, 512})}, 100'000);
    CHECK(wanted.bias == 0.0);
    CHECK(wanted.fits);
    CHECK(leafLevels(wanted) == std::set<int>{level});
    const int grid = 16 >> level;
    CHECK(std::ranges::count(wanted.bricks, true, &WantedBrick::leaf) == grid * grid * grid);
    CHECK(names(wanted).size() == wanted.bricks.size());
  }
}

TEST_CASE("what a cut leaves nothing of is not wanted, but for the coarsest level") {
  const PlannedScene scene{makePyramid({512, 512, 512}, powersOfTwo(5))};
  ViewRegion region = alongZ(dvec3(255.5), 1.0, {512, 512});
  // The edges of voxels 128 and 192 along x: two columns of bricks.
  region.clip = {dvec4(1, 0, 0, -127.5), dvec4(-1, 0, 0, 191.5)};
  const WantedSet wanted = plan(scene, {region}, 100'000);
  std::set<int> columns;
  for (const WantedBrick& brick : wanted.bricks)
    if (brick.leaf) columns.insert(brick.key.brick.x);
  CHECK(leafLevels(wanted) == std::set<int>{0});
  // Neighbours touch the cut: a shader, in single precision, may find itself on either side.
  CHECK(columns == std::set<int>{3, 4, 5, 6});
  CHECK(wanted.wholeCoarsest);
}

TEST_CASE("a slab wants the bricks that it touches, at the level of its plane") {
  const PlannedScene scene{makePyramid({512, 512, 512}, powersOfTwo(5))};
  ViewRegion region =
      makeSliceRegion(2, dvec3(255.5, 255.5, 100.0), dvec3(1, 0, 0), dvec3(0, 1, 0), 1.0, {0, 0}, {512, 512});
  const auto layers = [&](double thickness) {
    region.slabWorld = thickness;
    const WantedSet wanted = plan(scene, {region}, 100'000);
    CHECK(leafLevels(wanted) == std::set<int>{0});
    std::set<int> all;
    for (const WantedBrick& brick : wanted.bricks)
      if (brick.leaf) all.insert(brick.key.brick.z);
    return all;
  };
  CHECK(layers(0.0) == std::set<int>{3});
  CHECK(layers(7.0) == std::set<int>{3});             // edges 97 to 104
  CHECK(layers(12.0) == std::set<int>{2, 3});         // edges 94.5 to 106.5
  CHECK(layers(100.0) == std::set<int>{1, 2, 3, 4});  // edges 50.5 to 150.5
}

TEST_CASE("an axis on which no finer level is finer asks for nothing") {
  // A voxel is 4 times as long along z; level 1 halves x and y alone.
  const PlannedScene scene{makePyramid({256, 256, 64}, {dvec3(1), dvec3(2, 2, 1), dvec3(4, 4, 2)}),
                           glm::scale(dmat4(1.0), dvec3(1, 1, 4))};
  // At level 1 a voxel is 1 x 1 x 2 pixels: no level helps z; x and y are fine.
  CHECK(leafLevels(plan(scene, {alongZ({128, 128, 128}, 0.5, {256, 256})}, 100'000)) == std::set<int>{1});
  // At level 2 a voxel is 1 x 1 x 2 pixels too, and there level 1 is finer along z.
  CHECK(leafLevels(plan(scene, {alongZ({128, 128, 128}, 0.25, {256, 256})}, 100'000)) == std::set<int>{1});
  CHECK(leafLevels(plan(scene, {alongZ({128, 128, 128}, 0.124, {256, 256})}, 100'000)) == std::set<int>{2});
}

TEST_CASE("whatever a view shows is fine enough, from any direction, at any registration") {
  Random random(1);
  int finer = 0, fading = 0;
  for (const PlannedScene& scene : scenes()) {
    const Box3 world = worldBox(scene.pyramid, scene.worldFromVoxel);
    const dvec3 size = fullSizeVoxels(scene.pyramid);
    const dmat4 edgeFromWorld = glm::inverse(worldFromEdge(scene.worldFromVoxel));
    for (int round = 0; round < 150; ++round) {
      const std::vector<ViewRegion> regions = {randomRegion(random, world), randomRegion(random, world)};
      const WantedSet wanted = plan(scene, regions, 2000);
      REQUIRE(wanted.fits);
      const std::set<Name> inSet = names(wanted);

      for (int sample = 0; sample < 60; ++sample) {
        const ViewRegion& region = regions[sample % 2];
        const dvec2 px(random(0, region.sizePx.x), random(0, region.sizePx.y));
        const double t = region.kind == RegionKind::slice ? 0.0 : random(0, 1) * glm::length(world.extent());
        const dvec3 point = region.originAt(px) + t * region.directionAt(px);
        const dvec3 edge = transformPoint(edgeFromWorld, point);
        if (glm::any(glm::lessThan(edge, dvec3(0))) || glm::any(glm::greaterThan(edge, size))) continue;

        // As the shader walks: down from the coarsest level, as long as there is a brick.
        int level = static_cast<int>(scene.pyramid.levels.size()) - 1;
        const auto has = [&](int l) {
          const ivec3 b = brickAt(scene.pyramid.levels[l], edge);
          return inSet.contains({l, b.x, b.y, b.z});
        };
        REQUIRE(has(level));
        while (level > 0 && has(level - 1)) --level;

        // What the picture shows there is wanted: the coarsest level that is fine enough, and the next one if that
        // fades in.
        const auto depths = findLevelDepths(region, scene.worldFromVoxel, scene.pyramid.levels, {.bias = wanted.bias});
        std::size_t shown = 0;
        while (shown + 1 < depths.size() && depths[shown + 1].enoughFrom <= t) ++shown;
        REQUIRE(has(static_cast<int>(shown)));
        REQUIRE(level <= static_cast<int>(shown));
        const bool fades = shown + 1 < depths.size() && depths[shown + 1].fadeFrom <= t;
        if (fades) REQUIRE(has(static_cast<int>(shown) + 1));
        fading += fades;
        if (level == 0) {
          ++finer;
          continue;
        }
        for (int axis = 0; axis < 3; ++axis) {
          if (scene.pyramid.levels[0].factor[axis] >= scene.pyramid.levels[level].factor[axis]) continue;
          dvec3 voxel(scene.worldFromVoxel[axis] * scene.pyramid.levels[level].factor[axis]);
          if (region.kind == RegionKind::slice)
            voxel -= glm::dot(voxel, glm::normalize(region.direction0)) * glm::normalize(region.direction0);
          REQUIRE(glm::length(voxel) * pixelsPerWorld(region, point) <= std::exp2(wanted.bias) * 1.0001);
        }
      }
    }
  }
  CHECK(finer > 1000);
  CHECK(fading > 20);
}

TEST_CASE("in ten thousand views the wanted set fits the cache, and no point that is seen is without a brick") {
  Random random(17);
  std::size_t seenPoints = 0, tight = 0;
  for (const PlannedScene& scene : scenes()) {
    const std::vector<LevelInfo>& levels = scene.pyramid.levels;
    const int coarsest = static_cast<int>(levels.size()) - 1;
    const ivec3 coarseGrid = brickGrid(levels.back());
    const Box3 world = worldBox(scene.pyramid, scene.worldFromVoxel);
    const dmat4 edgeFromWorld = glm::inverse(worldFromEdge(scene.worldFromVoxel));
    bool nested = true;
    for (std::size_t level = 1; level < levels.size(); ++level) {
      const dvec3 ratio = levels[level].factor / levels[level - 1].factor;
      nested = nested && ratio == glm::round(ratio);
    }
    double bias = 0.0;
    for (int round = 0; round < 2500; ++round) {
      const auto budget = static_cast<std::uint32_t>(coarseGrid.x * coarseGrid.y * coarseGrid.z + random(0, 300));
      const ViewRegion region = randomRegion(random, world);
      const WantedSet wanted = plan(scene, {region}, budget, bias);
      bias = wanted.bias;  // one view after the other, as in a flight
      tight += bias > 0.0;
      REQUIRE(wanted.fits);
      REQUIRE(wanted.bricks.size() <= budget);
      const std::set<Name> inSet = names(wanted);
      REQUIRE(inSet.size() == wanted.bricks.size());

      // Whatever point is looked at: a walk down from the coarsest level finds something, and where bricks are nested
      // it ends at the finest one. (Where they are not, one may be wanted for the sake of another's neighbour.)
      for (int sample = 0; sample < 24; ++sample) {
        const dvec2 px(random(0, region.sizePx.x), random(0, region.sizePx.y));
        const double t = region.kind == RegionKind::slice ? 0.0 : random(0, 1) * glm::length(world.extent());
        const dvec3 edge = transformPoint(edgeFromWorld, region.originAt(px) + t * region.directionAt(px));
        const dvec3 size = fullSizeVoxels(scene.pyramid);
        if (glm::any(glm::lessThan(edge, dvec3(0))) || glm::any(glm::greaterThan(edge, size))) continue;
        ++seenPoints;
        const auto has = [&](int level) {
          const ivec3 b = brickAt(levels[static_cast<std::size_t>(level)], edge);
          return inSet.contains({level, b.x, b.y, b.z});
        };
        REQUIRE(has(coarsest));
        if (!nested) continue;
        int finest = coarsest;
        for (int level = 0; level < coarsest && finest == coarsest; ++level)
          if (has(level)) finest = level;
        for (int level = finest; level < coarsest; ++level) REQUIRE(has(level));
      }
    }
  }
  CHECK(seenPoints > 10'000);
  CHECK(tight > 1000);
}

TEST_CASE("what a level lost to rounding is refined too") {
  // Level 1 ends at 64 of 65 voxels, level 2 as well.
  const PlannedScene scene{makePyramid({65, 64, 64}, powersOfTwo(3))};
  const WantedSet wanted = plan(scene, {alongZ({64, 32, 32}, 10.0, {8, 8})}, 100);
  CHECK(names(wanted).contains({0, 2, 1, 1}));
}

TEST_CASE("nothing outside of every region is wanted but the coarsest level") {
  Random random(2);
  for (const PlannedScene& scene : scenes()) {
    const Box3 world = worldBox(scene.pyramid, scene.worldFromVoxel);
    const int coarsest = static_cast<int>(scene.pyramid.levels.size()) - 1;
    for (int round = 0; round < 100; ++round) {
      const ViewRegion region = randomRegion(random, world);
      std::int64_t ofCoarsest = 0;
      for (const WantedBrick& brick : plan(scene, {region}, 3000).bricks) {
        if (brick.key.level == coarsest) {
          ++ofCoarsest;
          continue;
        }
        const Box3 box = brickEdgeBox(scene.pyramid.levels[brick.key.level], brick.key.brick);
        for (const dvec4& plane : regionPlanes(region)) {
          double most = -1e300;
          for (int c = 0; c < 8; ++c) {
            // The last brick stands in for the voxels that the level lost to rounding.
            const dvec3 slack = scene.pyramid.levels[brick.key.level].factor;
            const dvec3 corner(c & 1 ? box.max.x + slack.x : box.min.x, c & 2 ? box.max.y + slack.y : box.min.y,
                               c & 4 ? box.max.z + slack.z : box.min.z);
            const dvec3 at = transformPoint(worldFromEdge(scene.worldFromVoxel), corner);
            most = std::max(most, glm::dot(dvec3(plane), at) + plane.w);
          }
          REQUIRE(most > -0.01);
        }
      }
      const ivec3 grid = brickGrid(scene.pyramid.levels[coarsest]);
      REQUIRE(ofCoarsest == std::int64_t{grid.x} * grid.y * grid.z);
    }
  }
}

TEST_CASE("every brick comes after a coarser one that it refines") {
  Random random(3);
  for (const PlannedScene& scene : scenes()) {
    const std::vector<LevelInfo>& levels = scene.pyramid.levels;
    for (int round = 0; round < 50; ++round) {
      const WantedSet wanted = plan(scene, {randomRegion(random, worldBox(scene.pyramid, scene.worldFromVoxel))}, 1000);
      std::map<Name, bool> seen;
      for (const WantedBrick& brick : wanted.bricks) {
        const BrickKey& key = brick.key;
        if (key.level + 1 < static_cast<int>(levels.size())) {
          const BrickRange above = overlappingBricks(levels[key.level], key.brick, levels[key.level + 1]);
          bool refined = false;
          ivec3 b;
          for (b.z = above.begin.z; b.z < above.end.z; ++b.z)
            for (b.y = above.begin.y; b.y < above.end.y; ++b.y)
              for (b.x = above.begin.x; b.x < above.end.x; ++b.x) {
                const auto parent = seen.find({key.level + 1, b.x, b.y, b.z});
                refined = refined || (parent != seen.end() && !parent->second);
              }
          REQUIRE(refined);
        }
        REQUIRE(seen.emplace(name(key), brick.leaf).second);
      }
    }
  }
}

TEST_CASE("looking from the opposite side wants the same levels") {
  const PlannedScene scene{makePyramid({512, 512, 512}, powersOfTwo(5))};
  const dvec3 centre(255.5);
  Random random(5);
  for (int round = 0; round < 40; ++round) {
    Camera camera;
    camera.worldFromCamera = random.rotation();
    camera.position = centre + random.vector(-600, 600);
    camera.projection = round % 2 ? Projection::perspective : Projection::orthographic;
    camera.orthoHeightWorld = random(50, 500);
    // Through the centre: x -> 2 c - x. A camera is no mirror image of itself, but its frustum is, turned by
    // 180 degrees about its up axis and seen with left and right exchanged, which changes no set.
    Camera opposite = camera;
    opposite.position = 2.0 * centre - camera.position;
    opposite.worldFromCamera = camera.worldFromCamera * glm::angleAxis(kPi, dvec3(0, 1, 0));
    const WantedSet one = plan(scene, {makeVolumeRegion(camera, {0, 0}, {200, 150})}, 1500);
    const WantedSet other = plan(scene, {makeVolumeRegion(opposite, {0, 0}, {200, 150})}, 1500);
    std::set<Name> mirrored;
    for (const WantedBrick& brick : one.bricks) {
      const ivec3 b = brickGrid(scene.pyramid.levels[brick.key.level]) - 1 - brick.key.brick;
      mirrored.insert({brick.key.level, b.x, b.y, b.z});
    }
    CHECK(one.bias == other.bias);
    CHECK(mirrored == names(other));
  }
}

TEST_CASE("turning volume and camera together changes nothing") {
  Random random(6);
  for (const PlannedScene& scene : scenes()) {
    for (int round = 0; round < 20; ++round) {
      Camera camera;
      camera.worldFromCamera = random.rotation();
      camera.position = worldBox(scene.pyramid, scene.worldFromVoxel).centre() + random.vector(-200, 200);
      const dquat turn = random.rotation();
      Camera turned = camera;
      turned.worldFromCamera = turn * camera.worldFromCamera;
      turned.position = turn * camera.position;
      const PlannedScene turnedScene{scene.pyramid, glm::mat4_cast(turn) * scene.worldFromVoxel};
      const WantedSet one = plan(scene, {makeVolumeRegion(camera, {0, 0}, {300, 200})}, 800);
      const WantedSet other = plan(turnedScene, {makeVolumeRegion(turned, {0, 0}, {300, 200})}, 800);
      CHECK(one.bias == other.bias);
      CHECK(names(one) == names(other));
    }
  }
}

TEST_CASE("a pinned level is wanted as leaves, with the coarsest level as background") {
  const PlannedScene scene{makePyramid({512, 512, 64}, powersOfTwo(4))};
  const WantedImage image{.pyramid = &scene.pyramid};
  const std::vector<ViewRegion> view = {alongZ({63.5, 63.5, 32}, 0.1, {12, 12})};
  for (int level = 0; level < 4; ++level) {
    const WantedSet wanted =
        planWanted({.images = {&image, 1}, .regions = view, .pinnedLevel = level, .slotBudget = 500});
    CHECK(wanted.fits);
    CHECK(leafLevels(wanted) == std::set<int>{level});
    for (const WantedBrick& brick : wanted.bricks) CHECK((brick.key.level == level || brick.key.level == 3));
    CHECK(std::ranges::count(wanted.bricks, 3, [](const WantedBrick& b) { return b.key.level; }) == 4);
  }
  const WantedSet fine = planWanted({.images = {&image, 1}, .regions = view, .pinnedLevel = 0, .slotBudget = 500});
  // The view spans voxels 3.5 to 123.5 of x and y.
  CHECK(std::ranges::count(fine.bricks, true, &WantedBrick::leaf) == 4 * 4 * 2);
}

TEST_CASE("a slice wants the bricks that it cuts, and on a face those of both sides") {
  const PlannedScene scene{makePyramid({256, 256, 256}, powersOfTwo(3))};
  const auto slicesOf = [&](double edgeZ) {
    const ViewRegion slice =
        makeSliceRegion(2, {127.5, 127.5, edgeZ - 0.5}, {1, 0, 0}, {0, 1, 0}, 1.0, {0, 0}, {256, 256});
    std::set<int> z;
    for (const WantedBrick& brick : plan(scene, {slice}, 1000).bricks)
      if (brick.key.level == 0) z.insert(brick.key.brick.z);
    return z;
  };
  CHECK(slicesOf(0.5) == std::set<int>{0});
  CHECK(slicesOf(63.5) == std::set<int>{1});
  CHECK(slicesOf(64.5) == std::set<int>{2});
  CHECK(slicesOf(64.0) == std::set<int>{1, 2});
  CHECK(slicesOf(256.0) == std::set<int>{7});
  CHECK(slicesOf(257.0).empty());

  // A voxel's edge across the plane doesn't count.
  const PlannedScene deep{scene.pyramid, glm::scale(dmat4(1.0), dvec3(1, 1, 100))};
  const ViewRegion slice = makeSliceRegion(2, {127.5, 127.5, 5000}, {1, 0, 0}, {0, 1, 0}, 4.0, {0, 0}, {64, 64});
  CHECK(leafLevels(plan(deep, {slice}, 1000)) == std::set<int>{2});
}

TEST_CASE("a region that wants detail brings it for what it shows, not for what others show") {
  const PlannedScene scene{makePyramid({256, 256, 256}, powersOfTwo(4))};
  // The volume as a whole at 1/8; one slice at full resolution.
  const ViewRegion whole = alongZ(dvec3(127.5), 0.125, {32, 32});
  const ViewRegion slice = makeSliceRegion(2, {127.5, 127.5, 40}, {1, 0, 0}, {0, 1, 0}, 1.0, {0, 0}, {256, 256});
  std::map<int, std::set<int>> zOfLevel;
  for (const WantedBrick& brick : plan(scene, {whole, slice}, 1000).bricks)
    zOfLevel[brick.key.level].insert(brick.key.brick.z);
  CHECK(zOfLevel[0] == std::set<int>{1});
  CHECK(zOfLevel[1] == std::set<int>{0});
}

TEST_CASE("the wanted set is ranked coarse first, then by size on the screen and nearness to the middle") {
  Random random(8);
  const PlannedScene scene = scenes()[0];
  std::size_t compared = 0;
  for (int round = 0; round < 20; ++round) {
    const WantedSet wanted = plan(scene, {randomRegion(random, worldBox(scene.pyramid, scene.worldFromVoxel))}, 1000);
    for (std::size_t i = 1; i < wanted.bricks.size(); ++i) {
      const WantedBrick& a = wanted.bricks[i - 1];
      const WantedBrick& b = wanted.bricks[i];
      REQUIRE(a.key.level >= b.key.level);
      if (a.key.level != b.key.level) continue;
      ++compared;
      REQUIRE(a.pixelsPerVoxel / (1 + a.centreDistance) >= 0.9999f * b.pixelsPerVoxel / (1 + b.centreDistance));
    }
  }
  CHECK(compared > 100);
}

TEST_CASE("a picture without pixels wants the coarsest level alone") {
  const PlannedScene scene = scenes()[0];
  CHECK(plan(scene, {}, 100).bricks.size() == 1);
  CHECK(plan(scene, {alongZ(dvec3(0), 1.0, {0, 0})}, 100).bricks.size() == 1);
  CHECK(plan(scene, {}, 0).bricks.empty());
}
