// Rays report the bricks that they reach: hidden ones are not loaded, and no picture depends on it.
#include "fields.h"
#include "paging/render_converged.h"
#include "support/fakes/array_source.h"
#include "support/fakes/fault_source.h"
#include "support/gpu/gpu_device.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <glm/gtc/matrix_transform.hpp>

#include <algorithm>

using namespace volary;
using namespace volary::test;

namespace {

const ivec2 kSizePx(220, 180);

/// 5^3 bricks of the finest level, with values in [100, 227], which differ from voxel to voxel along a row.
ArrayVolume makeSolid() {
  return makeArrayVolume(VoxelType::uint8, {160, 160, 160}, {dvec3(1), dvec3(2), dvec3(4)},
                         [](const dvec3& edge) { return 100.0 + 0.5 * noiseField(edge); });
}

EngineSettings settings(Feedback feedback, int threads = 2, std::uint64_t slots = 400) {
  return {.pageCacheBytes = slots * kPaddedBrickVoxels, .loader = {.threads = threads}, .feedback = feedback};
}

View solidView(Source& source, RenderMode mode) {
  View view = makeDefaultView(source.dataset(), source.pyramid({}), {}, kSizePx);
  view.camera = zoom(view.camera, 1.4);
  view.mode = mode;
  view.range = ValueRange{0, 100};
  view.isoValue = 100.0;
  view.attenuation = 1.0;
  return view;
}

Pixels render(gpu::Device& device, Source& source, const EngineSettings& how, const View& view,
              RenderStats* stats = nullptr) {
  Engine engine(device, source, how);
  return renderConverged(device, engine, view, kSizePx, stats);
}

/// Interactive frames until the picture is finished.
Pixels sharpen(gpu::Device& device, Engine& engine, const View& view, FrameReport& report) {
  gpu::FrameRing frames(device);
  const Deadline deadline("the picture is complete and sharp");
  while (true) {
    deadline.check();
    gpu::Frame& frame = frames.begin();
    report = engine.drawFrame(frame, view, kSizePx, Effort::interactive);
    frames.submit(frame);
    if (report.converged && report.sharp) return {kSizePx, engine.picture().readBack(device)};
    if (!report.converged) engine.waitForBrick(std::chrono::milliseconds(1));
  }
}

}  // namespace

TEST_CASE("what is hidden in an opaque volume is not loaded, and the picture is the same byte by byte") {
  TestDevice device;
  ArraySource source({{makeSolid()}});
  const RenderMode mode = GENERATE(RenderMode::dvr, RenderMode::iso, RenderMode::first, RenderMode::attenuated);
  View view = solidView(source, mode);
  CAPTURE(int(mode));
  RenderStats all;
  const Pixels expected = render(*device, source, settings(Feedback::off), view, &all);
  REQUIRE(all.shownPerLevel[0] > 80);
  CHECK((all.bricksHidden == 0 && all.bricksResident == all.bricksWanted));
  for (const int threads : {1, 4})
    for (const std::uint64_t slots : {200, 500}) {
      RenderStats told;
      CHECK(render(*device, source, settings(Feedback::on, threads, slots), view, &told).rgba == expected.rgba);
      CHECK(told.last.converged);
      CHECK(told.bricksWanted == all.bricksWanted);
      CHECK(told.bricksHidden + told.bricksResident == told.bricksWanted);
      CHECK(told.last.bricksUnreached == told.bricksHidden);
      CHECK(told.last.fractionComplete == 1.0);
      // A corner of the cube is near: its three faces are one brick thick, 61 of 125.
      CHECK(told.shownPerLevel[0] < 0.6 * double(all.shownPerLevel[0]));
      CHECK(told.bytesNeeded < all.bytesNeeded);
    }
}

TEST_CASE("where light comes through, all that is wanted is loaded") {
  TestDevice device;
  ArraySource source({{makeSolid()}});
  View view = solidView(source, RenderMode::dvr);
  view.range = ValueRange{0, 100000};
  RenderStats all, told;
  const Pixels expected = render(*device, source, settings(Feedback::off), view, &all);
  CHECK(render(*device, source, settings(Feedback::on), view, &told).rgba == expected.rgba);
  CHECK(told.shownPerLevel == all.shownPerLevel);
}

TEST_CASE("maxima and means ask for all that is wanted") {
  TestDevice device;
  ArraySource source({{makeSolid()}});
  View view = solidView(source, RenderMode::dvr);
  for (const RenderMode mode : {RenderMode::mip, RenderMode::average}) {
    view.mode = mode;
    RenderStats stats;
    render(*device, source, settings(Feedback::on), view, &stats);
    CHECK((stats.bricksHidden == 0 && stats.bricksResident == stats.bricksWanted));
  }
}

TEST_CASE("hidden bricks are not loaded where nobody states a contrast, and the picture is the same") {
  TestDevice device;
  ArraySource source({{makeSolid()}});
  View view = solidView(source, GENERATE(RenderMode::dvr, RenderMode::iso));
  view.range.reset();
  RenderStats stats;
  const Pixels expected = render(*device, source, settings(Feedback::off), view);
  CHECK(render(*device, source, settings(Feedback::on), view, &stats).rgba == expected.rgba);
  CHECK(stats.bricksHidden > 0);
}

TEST_CASE("what is hidden from here is loaded when it is seen from there, and the window ends with the file's picture",
          "[transfer]") {
  TestDevice device;
  ArraySource source({{makeSolid()}});
  const Layout layout = GENERATE(Layout::volume, Layout::slices);
  View view = solidView(source, RenderMode::dvr);
  view.layout = layout;
  Engine engine(*device, source, settings(Feedback::on));
  std::uint64_t hidden = 0;
  for (int i = 0; i < 5; ++i) {
    const Pixels expected = render(*device, source, settings(Feedback::off), view);
    FrameReport report;
    CHECK(sharpen(*device, engine, view, report).rgba == expected.rgba);
    CHECK(report.fractionComplete == 1.0);
    hidden += report.bricksUnreached;
    view.camera = orbit(view.camera, 0.9, 0.25);
    if (i == 2) view.clip.planes = {planeThrough(view.camera.pivot(), view.camera.forward())};
    if (i == 3) view.range = ValueRange{0, 2000};
  }
  if (layout == Layout::volume) CHECK(hidden > 50);
}

TEST_CASE("rays through several images tell of the bricks of each") {
  TestDevice device;
  const dmat4 aside = glm::translate(dmat4(1.0), dvec3(60, 20, 30)) * glm::rotate(dmat4(1.0), 0.3, dvec3(0, 1, 0));
  ArraySource source({{makeSolid()}, {makeSolid(), aside}});
  View view = solidView(source, GENERATE(RenderMode::dvr, RenderMode::iso));
  view.fused = true;
  for (const Setup& setup : source.dataset().setups)
    view.looks.push_back({.setup = setup.id, .colour = setup.id == 0 ? dvec3(1, 0.3, 0) : dvec3(0, 0.6, 1)});
  RenderStats told;
  const Pixels expected = render(*device, source, settings(Feedback::off, 2, 700), view);
  CHECK(render(*device, source, settings(Feedback::on, 2, 700), view, &told).rgba == expected.rgba);
  CHECK(told.bricksHidden > 40);
  CHECK(told.bricksResident > 40);
}

TEST_CASE("with a pinned level, also in parts, the picture does not depend on what is hidden") {
  TestDevice device;
  ArraySource source({{makeSolid()}});
  View view = solidView(source, RenderMode::dvr);
  view.pinnedLevel = 0;
  RenderStats told, parts;
  const Pixels expected = render(*device, source, settings(Feedback::off), view);
  CHECK(render(*device, source, settings(Feedback::on), view, &told).rgba == expected.rgba);
  CHECK(told.bricksHidden > 40);
  CHECK(render(*device, source, settings(Feedback::on, 2, 60), view, &parts).rgba == expected.rgba);
  CHECK(parts.parts > 1);
  CHECK(parts.bricksHidden > 20);
}

TEST_CASE("a brick that can't be read hides nothing, and one that is hidden is not missed") {
  TestDevice device;
  ArraySource sound({{makeSolid()}});
  const FaultOf strewn = strewFaults(5, {Fault::badDecode}, 60);
  FaultSource source(sound, [&](const ChunkKey& key) { return key.level == 0 ? strewn(key) : Fault::none; });
  const View view = solidView(source, RenderMode::dvr);
  RenderStats all, told;
  const Pixels expected = render(*device, source, settings(Feedback::off), view, &all);
  CHECK(render(*device, source, settings(Feedback::on), view, &told).rgba == expected.rgba);
  CHECK(told.bricksFailed > 0);
  CHECK(told.bricksFailed < all.bricksFailed);
  CHECK(told.bricksHidden > 0);
}

TEST_CASE("a picture says how many of its pixels are as fine as wanted, and what wants that") {
  TestDevice device;
  ArraySource sound({{makeSolid()}});
  View view = makeAxisView(sound.dataset(), sound.pyramid({}), {}, 2, std::nullopt);
  view.range = ValueRange{0, 255};
  const ivec2 size(160, 160);
  const auto renderOf = [&](Source& source, std::uint64_t slots, RenderStats& stats) {
    Engine engine(*device, source, settings(Feedback::on, 2, slots));
    return renderConverged(*device, engine, view, size, &stats);
  };
  RenderStats whole, small, pinned, parts, failed;
  const Pixels expected = renderOf(sound, 400, whole);
  CHECK(whole.resolution.pixels == PixelsByResolution{160 * 160});
  CHECK((whole.resolution.asWanted() == 1.0 && whole.last.wantedBy == WantedBy::screen));

  // What the page cache has no room for is not wanted: the bias says how much that is.
  renderOf(sound, 100, small);
  CHECK((small.resolution.asWanted() == 1.0 && small.last.wantedBy == WantedBy::pageCache && small.last.lodBias > 0.0));
  view.pinnedLevel = 1;
  renderOf(sound, 400, pinned);
  CHECK((pinned.resolution.pixels == PixelsByResolution{160 * 160} && pinned.last.wantedBy == WantedBy::pinnedLevel));
  view.pinnedLevel = 0;
  renderOf(sound, 20, parts);
  CHECK((parts.parts > 1 && parts.resolution.pixels == PixelsByResolution{160 * 160}));
  view.pinnedLevel.reset();

  // The column of bricks behind the first 32 x 32 pixels can't be read, nor can the bricks one level coarser there.
  FaultSource source(sound, [](const ChunkKey& key) {
    const i64vec3 edge = key.chunk * std::int64_t(16) * std::int64_t(1 << key.level);
    return key.level < 2 && edge.x < 16 && edge.y < 16 ? Fault::badDecode : Fault::none;
  });
  view.overlay = Overlay::resolution;
  const Pixels picture = renderOf(source, 400, failed);
  REQUIRE(sound.pyramid({}).levels[0].chunkVoxels == ivec3(16));
  CHECK(failed.bricksFailed > 0);
  // A level-1 brick is 64 pixels wide; all of level 0 but the column in its corner stays as it is.
  CHECK(failed.resolution.pixels == PixelsByResolution{160 * 160 - 32 * 32, 0, 32 * 32});
  int wrong = 0;
  for (int y = 0; y < 160; ++y)
    for (int x = 0; x < 160; ++x) {
      const std::uint8_t* pixel = &picture.rgba[4 * static_cast<std::size_t>(160 * y + x)];
      const std::uint8_t* before = &expected.rgba[4 * static_cast<std::size_t>(160 * y + x)];
      const bool same = std::equal(pixel, pixel + 3, before);
      wrong += x < 32 && y < 32 ? !(pixel[0] > pixel[1] && pixel[1] > pixel[2]) : !same;
    }
  CHECK(wrong == 0);

  // The window's picture reports the same.
  Engine engine(*device, source, settings(Feedback::on));
  gpu::FrameRing frames(*device);
  FrameReport report;
  const Deadline deadline("the picture is complete and sharp");
  do {
    deadline.check();
    gpu::Frame& frame = frames.begin();
    report = engine.drawFrame(frame, view, size, Effort::interactive);
    frames.submit(frame);
    if (!report.converged) engine.waitForBrick(std::chrono::milliseconds(1));
  } while (!report.converged || !report.sharp);
  REQUIRE(report.resolution);
  CHECK(report.resolution->pixels == failed.resolution.pixels);
  CHECK(engine.picture().readBack(*device) == picture.rgba);
}
