#include "gpu/fields.h"
#include "paging/render_converged.h"
#include "pyramid/level_transform.h"
#include "support/fakes/array_source.h"
#include "support/gpu/gpu_device.h"
#include "support/gpu/gpu_picture.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

using namespace volary;
using namespace volary::test;

namespace {

constexpr int kStep = 80;  ///< from the grey value of one level to that of the next

/// Three levels, each of one value, so that a picture shows which levels it is made of.
ArrayVolume levelColours(const i64vec3& size) {
  ArrayVolume volume =
      makeArrayVolume(VoxelType::uint8, size, {dvec3(1), dvec3(2), dvec3(4)}, [](const dvec3&) { return 0.0; });
  for (std::size_t level = 0; level < volume.levels.size(); ++level)
    std::ranges::fill(volume.levels[level], 40.0 + kStep * double(level));
  return volume;
}

/// Looks along a long plate, so that a row of the picture is at one depth, near at the bottom and far at the top.
View plateView(Source& source, const ivec2& sizePx, RenderMode mode) {
  View view = makeDefaultView(source.dataset(), source.pyramid({}), {}, sizePx);
  view.mode = mode;
  view.range = ValueRange{0, 255};
  view.transfer = TransferFunction{{{0.0, {0, 0, 0, 1}}, {1.0, {1, 1, 1, 1}}}};
  view.isoValue = 20.0;
  view.camera.projection = Projection::perspective;
  view.camera.fovYRadians = 0.6;
  view.camera.position = {32.0, -80.0, -30.0};
  view.camera.worldFromCamera = glm::normalize(dquat(std::cos(-0.175), std::sin(-0.175), 0.0, 0.0));
  view.pixelsPerVoxel = 3.4;  // level 1 is fine enough from a depth of 190 on, level 2 from twice that
  return view;
}

}  // namespace

TEST_CASE("where the detail changes with the depth no step is seen between the levels, whatever bricks they lie in") {
  TestDevice device;
  const i64vec3 size(64, 8, 600);
  ArraySource source({{levelColours(size)}});
  const ivec2 sizePx(40, 200);
  const auto mode = GENERATE(RenderMode::average, RenderMode::mip, RenderMode::dvr, RenderMode::first);
  const View view = plateView(source, sizePx, mode);
  Engine engine(*device, source, {.pageCacheBytes = 64u << 20});
  RenderStats stats;
  const Pixels picture = renderConverged(*device, engine, view, sizePx, &stats);
  writeTestPicture({.sizePx = sizePx, .bytes = picture.rgba}, "seams-" + std::string(infoOf(mode).id));
  REQUIRE(stats.last.converged);
  for (int level = 0; level < 3; ++level) CHECK(stats.shownPerLevel[level] > 0);

  // Up the picture's middle, on the plate.
  int darkest = 255, brightest = 0, steepest = 0, rows = 0, last = -1;
  for (int y = sizePx.y - 1; y >= 0; --y) {
    const int grey = picture.rgba[4 * static_cast<std::size_t>(y * sizePx.x + sizePx.x / 2)];
    if (grey < 20) continue;
    ++rows;
    darkest = std::min(darkest, grey);
    brightest = std::max(brightest, grey);
    if (last >= 0) steepest = std::max(steepest, std::abs(grey - last));
    last = grey;
  }
  CAPTURE(infoOf(mode).id, rows, darkest, brightest, steepest);
  CHECK(rows > 60);
  CHECK(darkest <= 42);
  CHECK(brightest >= 198);
  CHECK(steepest <= kStep / 8);
}
