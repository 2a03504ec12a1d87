// Plans of several images at once: tiles, and pyramids that are not alike.
#include "paging/wanted.h"
#include "support/fakes/plan_input.h"

#include <catch2/catch_test_macros.hpp>
#include <glm/gtc/matrix_transform.hpp>

#include <algorithm>
#include <set>
#include <vector>

using namespace volary;
using test::alongZ;
using test::leafLevels;
using test::makePyramid;
using test::powersOfTwo;

namespace {

/// `count` tiles side by side along x, each 2048 x 2048 x 512 voxels in 5 levels, with an overlap of a tenth.
std::vector<WantedImage> makeTiles(int count, const ImagePyramid& pyramid) {
  std::vector<WantedImage> tiles;
  for (int i = 0; i < count; ++i)
    tiles.push_back({.image = {.setup = i, .timepoint = 0},
                     .pyramid = &pyramid,
                     .worldFromVoxel = glm::translate(dmat4(1.0), dvec3(1843.0 * i, 0, 0))});
  return tiles;
}

std::set<int> setupsOf(const WantedSet& wanted) {
  std::set<int> setups;
  for (const WantedBrick& brick : wanted.bricks) setups.insert(brick.key.image.setup);
  return setups;
}

}  // namespace

TEST_CASE("of hundreds of tiles only those in view want bricks, and looking at the others costs one test each") {
  const ImagePyramid pyramid = makePyramid({2048, 2048, 512}, powersOfTwo(5));
  const std::vector<WantedImage> tiles = makeTiles(300, pyramid);
  // The seam of tiles 7 and 8, at a voxel a pixel.
  const std::vector<ViewRegion> view = {alongZ({1843.0 * 8 + 100, 1000, 256}, 1.0, {600, 500})};
  const WantedSet wanted = planWanted({.images = tiles, .regions = view, .slotBudget = 20000});
  CHECK(wanted.fits);
  CHECK(setupsOf(wanted) == std::set<int>{7, 8});
  CHECK(leafLevels(wanted).contains(0));

  // The same view of these two tiles alone is planned alike, and looks at as many bricks.
  const std::vector<WantedImage> two = {tiles[7], tiles[8]};
  const WantedSet alone = planWanted({.images = two, .regions = view, .slotBudget = 20000});
  CHECK(alone.visited == wanted.visited);
  CHECK(alone.bias == wanted.bias);
  REQUIRE(alone.bricks.size() == wanted.bricks.size());
  for (std::size_t i = 0; i < alone.bricks.size(); ++i) CHECK(alone.bricks[i].key == wanted.bricks[i].key);
}

TEST_CASE("all tiles in view share one budget, and none is forgotten for another") {
  const ImagePyramid pyramid = makePyramid({2048, 2048, 512}, powersOfTwo(5));
  const std::vector<WantedImage> tiles = makeTiles(300, pyramid);
  const double length = 1843.0 * 300;
  const std::vector<ViewRegion> view = {alongZ({0.5 * length, 1000, 256}, 1900 / length, {1920, 200})};
  // A coarsest level has 4 x 4 x 1 bricks.
  for (const std::uint32_t budget : {5000u, 8000u}) {
    const WantedSet wanted = planWanted({.images = tiles, .regions = view, .slotBudget = budget});
    CHECK(wanted.fits);
    CHECK(wanted.wholeCoarsest);
    CHECK(wanted.bricks.size() <= budget);
    CHECK(setupsOf(wanted).size() == 300);
    CHECK(std::ranges::count(wanted.bricks, true, &WantedBrick::coarsest) == 300 * 16);
  }
  // Where they don't fit, the ones in the middle of the view are kept.
  const WantedSet few = planWanted({.images = tiles, .regions = view, .slotBudget = 1000});
  CHECK(!few.fits);
  CHECK(few.bricks.size() == 1000);
  CHECK(setupsOf(few).contains(150));
  CHECK(!setupsOf(few).contains(0));
}

TEST_CASE("an image with few levels is complete no later than one with many") {
  const ImagePyramid deep = makePyramid({512, 512, 512}, powersOfTwo(5));
  const ImagePyramid flat = makePyramid({128, 128, 128}, powersOfTwo(2));
  const std::vector<WantedImage> images = {
      {.image = {.setup = 0}, .pyramid = &deep},
      {.image = {.setup = 1}, .pyramid = &flat, .worldFromVoxel = glm::scale(dmat4(1.0), dvec3(4.0))}};
  const std::vector<ViewRegion> view = {alongZ({256, 256, 256}, 1.0, {512, 512})};
  const WantedSet wanted = planWanted({.images = images, .regions = view, .slotBudget = 10000});
  CHECK(wanted.levelCount == 5);
  bool finer = false;
  for (const WantedBrick& brick : wanted.bricks) {
    CHECK(!(finer && brick.coarsest));
    finer = finer || !brick.coarsest;
  }
  CHECK(finer);
}
