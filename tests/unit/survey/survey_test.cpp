#include "support/fakes/array_source.h"
#include "survey/suitable_range.h"
#include "survey/value_survey.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <random>
#include <vector>

using namespace volary;
using namespace volary::test;

namespace {

const i64vec3 kSize(160, 140, 120);

/// A ball of cells before a faint background, with coarser levels of means.
ArrayVolume makeBall(VoxelType type) {
  ArrayVolume volume = makeArrayVolume(type, kSize, {dvec3(1), dvec3(2), dvec3(4)}, [](const dvec3&) { return 0.0; });
  std::mt19937 random(5);
  std::gamma_distribution<double> cells(3.0, 60.0);
  std::normal_distribution<double> noise(100.0, 8.0);
  std::vector<double>& fine = volume.levels[0];
  for (std::size_t i = 0; i < fine.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    const dvec3 voxel(double(at % kSize.x), double(at / kSize.x % kSize.y), double(at / kSize.x / kSize.y));
    fine[i] = std::round(noise(random) + (glm::length(voxel - 0.5 * dvec3(kSize)) < 45.0 ? cells(random) : 0.0));
  }
  makeMeans(volume);
  return volume;
}

/// The greatest voxels on all lines along an axis.
std::vector<double> maximaOf(const ArrayVolume& volume, int axis) {
  const int u = (axis + 1) % 3, v = (axis + 2) % 3;
  std::vector<double> maxima;
  i64vec3 at(0);
  for (at[u] = 0; at[u] < kSize[u]; ++at[u])
    for (at[v] = 0; at[v] < kSize[v]; ++at[v]) {
      double& greatest = maxima.emplace_back(0.0);
      for (at[axis] = 0; at[axis] < kSize[axis]; ++at[axis]) greatest = std::max(greatest, volume.voxel(0, at));
    }
  return maxima;
}

double partAtLeast(const std::vector<double>& values, double least) {
  return double(std::ranges::count_if(values, [&](double value) { return value >= least; })) / double(values.size());
}

}  // namespace

TEST_CASE("a survey of coarse means knows the maxima of the finest voxels") {
  const ArrayVolume volume = makeBall(VoxelType::uint16);
  ArraySource source({{volume}});
  const ValueSurvey survey = takeSurvey(source, {}, 3);
  REQUIRE_FALSE(survey.empty());
  CHECK_FALSE(survey.exact);
  std::vector<double> maxima;
  for (int axis = 0; axis < 3; ++axis) std::ranges::copy(maximaOf(volume, axis), std::back_inserter(maxima));
  for (const double part : {0.1, 0.5, 0.9, 0.99}) {
    CAPTURE(part);
    const double found = survey.lineMaxima.quantile(part);
    // A quarter of the width of the noise.
    CHECK(partAtLeast(maxima, found - 2.0) > 1.0 - part - 0.01);
    CHECK(partAtLeast(maxima, found + 2.0) < 1.0 - part + 0.01);
  }
}

TEST_CASE("a maximum is neither cut off nor dark, and its background is black") {
  const ArrayVolume volume = makeBall(VoxelType::uint16);
  ArraySource source({{volume}});
  const ValueSurvey survey = takeSurvey(source, {}, 3);
  const ValueSurvey* const one = &survey;
  const auto range = findSuitableRange({&one, 1}, {.what = Showing::maxima}, std::nullopt);
  REQUIRE(range);
  const std::vector<double> maxima = maximaOf(volume, 2);
  const double specimen = partAtLeast(maxima, range->min + 40.0 / 255.0 * (range->max - range->min));
  CHECK(partAtLeast(maxima, range->max) < 0.01 * specimen);
  CHECK(partAtLeast(maxima, range->min + 0.75 * (range->max - range->min)) > 0.005 * specimen);
  CHECK(specimen < 0.6);
  CHECK(*findThreshold({&one, 1}) > 130.0);
  CHECK(*findThreshold({&one, 1}) < 400.0);
}

TEST_CASE("the file's window holds unless it cuts off the specimen") {
  ArraySource source({{makeBall(VoxelType::uint16)}});
  const ValueSurvey survey = takeSurvey(source, {}, 3);
  const ValueSurvey* const one = &survey;
  const ValueRange wide{90, 3000}, narrow{90, 300};
  CHECK(findSuitableRange({&one, 1}, {.what = Showing::maxima}, wide) == wide);
  CHECK(findSuitableRange({&one, 1}, {.what = Showing::maxima}, narrow) != narrow);
  // A mean has other values than the voxels that the window is for.
  CHECK(findSuitableRange({&one, 1}, {.what = Showing::means}, wide) != wide);
}

TEST_CASE("a survey of small images is exact, and one value has a range") {
  ArrayVolume volume = makeArrayVolume(VoxelType::uint8, {20, 30, 10}, {dvec3(1)}, [](const dvec3& edge) {
    return std::floor(edge.x) + (std::floor(edge.z) == 4.0 ? 100.0 : 0.0);
  });
  ArraySource source(
      {{volume}, {makeArrayVolume(VoxelType::uint8, {5, 5, 5}, {dvec3(1)}, [](const dvec3&) { return 7.0; })}});
  const ValueSurvey survey = takeSurvey(source, {}, 1);
  CHECK(survey.exact);
  CHECK(survey.voxels.least() == 0.0);
  CHECK(survey.voxels.greatest() == 119.0);
  CHECK(survey.lineMinima.least() == 0.0);
  const ValueSurvey flat = takeSurvey(source, {1, 0}, 1);
  const ValueSurvey* const one = &flat;
  CHECK(findSuitableRange({&one, 1}, {.what = Showing::maxima}, std::nullopt) == ValueRange{0, 14});
}

TEST_CASE("a part of a survey knows of no other cells") {
  ArraySource source({{makeArrayVolume(VoxelType::uint8, {20, 20, 20}, {dvec3(1)},
                                       [](const dvec3& edge) { return edge.x < 10.0 ? 5.0 : 200.0; })}});
  const ValueSurvey whole = takeSurvey(source, {}, 1);
  const ValueSurvey left = surveyPart(whole, [](const i64vec3& cell) { return cell.x < 10; });
  CHECK(whole.lineMaxima.greatest() == 200.0);
  CHECK(left.lineMaxima.greatest() == 5.0);
  CHECK(surveyPart(whole, [](const i64vec3&) { return false; }).empty());
}
