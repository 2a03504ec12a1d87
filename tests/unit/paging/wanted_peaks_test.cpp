// Which bricks a maximum may show as peaks, against the levels that each point of rays is drawn from; and how the pager
// keeps them.
#include "paging/wanted_peaks.h"
#include "paging/pager.h"
#include "pyramid/level_transform.h"
#include "pyramid/overlap.h"
#include "support/fakes/fake_source.h"
#include "support/fakes/random_plans.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <set>

using namespace volary;
using namespace volary::test;

namespace {

std::set<Name> storedNames(const FrameVector<PeakCandidate>& candidates) {
  std::set<Name> all;
  for (const PeakCandidate& candidate : candidates) all.insert(name(candidate.stored));
  return all;
}

/// The levels that a point of a ray at this depth is drawn from: the coarsest that is fine enough, and one that fades
/// in.
std::vector<int> levelsAt(const FrameVector<LevelDepths>& depths, double depth) {
  int level = int(depths.size()) - 1;
  while (level > 0 && depths[std::size_t(level)].enoughFrom > depth) --level;
  std::vector<int> levels = {level};
  if (level + 1 < int(depths.size()) && depth > depths[std::size_t(level) + 1].fadeFrom) levels.push_back(level + 1);
  return levels;
}

}  // namespace

TEST_CASE("each coarse brick that a ray is drawn from may be one of peaks") {
  Random random(11);
  const ImagePyramid pyramid = makePyramid({700, 500, 300}, {dvec3(1), dvec3(2, 2, 1), dvec3(4, 4, 2), dvec3(8, 8, 4)});
  int inAll = 0, coarse = 0;
  for (int i = 0; i < 60; ++i) {
    const WantedImage image{.pyramid = &pyramid,
                            .worldFromVoxel = glm::rotate(dmat4(1.0), random(0, 3), random.vector(-1, 1))};
    const ViewRegion region = randomRegion(random, worldBox(pyramid, image.worldFromVoxel));
    if (region.kind != RegionKind::volume) continue;
    const WantedSet wanted = planWanted({.images = {&image, 1}, .regions = {&region, 1}, .slotBudget = 3000});
    const DetailRule rule{.bias = wanted.bias};
    const auto found = storedNames(findPeakCandidates(wanted, {&image, 1}, region, region, rule, 2));
    const auto all = names(wanted);
    inAll += int(found.size());
    CHECK(std::ranges::includes(all, found));
    const auto depths = findLevelDepths(region, image.worldFromVoxel, pyramid.levels, rule);
    const dmat4 toEdge = glm::inverse(worldFromEdge(image.worldFromVoxel));
    for (int sample = 0; sample < 20'000; ++sample) {
      const dvec2 px = dvec2(random(0, 1), random(0, 1)) * dvec2(region.sizePx);
      const double far = 2 * glm::length(worldBox(pyramid, image.worldFromVoxel).extent());
      const double depth = random(0, far);
      const dvec3 edge(toEdge * dvec4(region.originAt(px) + depth * region.directionAt(px), 1.0));
      if (glm::any(glm::lessThan(edge, dvec3(0))) || glm::any(glm::greaterThan(edge, fullSizeVoxels(pyramid))))
        continue;
      for (const int level : levelsAt(depths, depth)) {
        if (level == 0) continue;
        ++coarse;
        const BrickKey key{.level = level, .brick = brickAt(pyramid.levels[std::size_t(level)], edge)};
        CHECK(found.contains(name(key)));
      }
    }
  }
  CHECK(coarse > 1000);
  CHECK(inAll > 1000);
}

TEST_CASE("of a parallel view the bricks of the level that it asks for may be peaks, and no others") {
  const ImagePyramid pyramid = makePyramid(i64vec3(512), powersOfTwo(5));
  const WantedImage image{.pyramid = &pyramid};
  for (int level = 0; level < 5; ++level) {
    const ViewRegion region = alongZ(dvec3(255.5), std::exp2(-level), {512, 512});
    const WantedSet wanted = planWanted({.images = {&image, 1}, .regions = {&region, 1}, .slotBudget = 100'000});
    const auto candidates = findPeakCandidates(wanted, {&image, 1}, region, region, {}, 2);
    const int grid = 16 >> level;
    CHECK(candidates.size() == (level > 0 ? std::size_t(grid * grid * grid) : 0));
    for (const PeakCandidate& candidate : candidates) {
      CHECK((candidate.stored.level == level && candidate.stored.peaks == 0));
      BrickKey peaks = candidate.stored;
      peaks.peaks = std::min(level, 2);
      CHECK(candidate.peaks == peaks);
      CHECK(candidate.noiseGain == (level == 1 ? std::sqrt(8.0) : 8.0));
    }
  }
  ImagePyramid growing = pyramid;
  growing.growing = true;
  const WantedImage other{.pyramid = &growing};
  const ViewRegion region = alongZ(dvec3(255.5), 0.25, {512, 512});
  const WantedSet wanted = planWanted({.images = {&other, 1}, .regions = {&region, 1}, .slotBudget = 100'000});
  CHECK(findPeakCandidates(wanted, {&other, 1}, region, region, {}, 2).empty());
}

TEST_CASE("where peaks would come from too many voxels they come from a level less far below") {
  const ImagePyramid pyramid = makePyramid(i64vec3(8192), powersOfTwo(6));
  const WantedImage image{.pyramid = &pyramid};
  // Level 3 has 32 bricks along z: 4 x 4 columns have 512 bricks, with 64 times as many voxels on level 1.
  const auto peaksOf = [&](int px, int peakLevels) {
    const ViewRegion region = alongZ(dvec3(4095.5), 0.125, ivec2(px));
    const WantedSet wanted = planWanted({.images = {&image, 1}, .regions = {&region, 1}, .slotBudget = 100'000});
    std::set<int> levels;
    for (const PeakCandidate& candidate : findPeakCandidates(wanted, {&image, 1}, region, region, {}, peakLevels)) {
      CHECK(candidate.stored.level == 3);
      levels.insert(candidate.peaks.peaks);
    }
    return levels;
  };
  CHECK(peaksOf(120, 2) == std::set{2});
  CHECK(peaksOf(140, 2) == std::set{1});
  CHECK(peaksOf(120, 3) == std::set{2});
  CHECK(peaksOf(1024, 3) == std::set{1});
  CHECK(peaksOf(1024, 0).empty());
}

TEST_CASE("peaks come when all else is there, keep their slots, and go with their stored bricks") {
  FakeSource source(VoxelType::uint8, {128, 64, 64}, {dvec3(1), dvec3(2)}, {32, 32, 32});
  Pager pager(source, {.threads = 1}, 5);
  WantedSet wanted{.levelCount = 2};
  for (int x = 0; x < 2; ++x) wanted.bricks.push_back({.key = {.level = 1, .brick = {x, 0, 0}}, .coarsest = true});
  const BrickKey peaks{.level = 1, .brick = {1, 0, 0}, .peaks = 1};
  source.holdAll();
  pager.setWanted(wanted);
  pager.update(10);
  pager.setPeaks({&peaks, 1});
  const PagerFrame& frame = pager.update(10);
  CHECK((frame.missing == 2 && frame.peakCounts.queued == 1 && frame.peakCounts.wanted == 1));
  const auto settle = [&] {
    while (pager.update(10).missing + frame.peakCounts.queued > 0) REQUIRE(pager.waitForBrick(kPatience));
  };
  // The one worker holds a chunk of the first brick. Nothing is read from level 0, which has the peaks, until all else
  // is there.
  source.waitForHeld(1);
  CHECK(source.reads({.level = 0, .chunk = {2, 0, 0}}) == 0);
  source.releaseAll();
  settle();
  CHECK(source.reads({.level = 0, .chunk = {2, 0, 0}}) == 1);
  REQUIRE(frame.peaks.size() == 1);
  CHECK((frame.peaks[0].key == peaks && frame.resident.size() == 2));
  CHECK((!pager.update(10).changed && !frame.peaksChanged));
  CHECK(pager.excess(*pager.cache().find(wanted.bricks[1].key)) > 0.0f);

  // Other wanted bricks take the slots that are left, not those of the peaks.
  WantedSet more = wanted;
  for (int x = 0; x < 2; ++x) more.bricks.push_back({.key = {.level = 0, .brick = {x, 0, 0}}});
  pager.setWanted(more);
  settle();
  CHECK((frame.resident.size() == 4 && frame.peaks.size() == 1));

  // Wanted bricks that leave no room for the peaks take their slots.
  more.bricks.push_back({.key = {.level = 0, .brick = {2, 0, 0}}});
  pager.setWanted(more);
  settle();
  CHECK((frame.resident.size() == 5 && frame.peaks.empty() && pager.peaks().empty()));
  pager.setWanted(wanted);
  pager.setPeaks({&peaks, 1});
  wanted.bricks.pop_back();
  pager.setWanted(wanted);
  CHECK(pager.peaks().empty());
}
