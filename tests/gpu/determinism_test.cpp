// A converged picture is a function of the dataset, the view and the settings, and of nothing else.
#include "formats/open.h"
#include "gpu/engine_pictures.h"
#include "pyramid/level_transform.h"
#include "support/gpu/gpu_device.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cmath>
#include <tuple>

using namespace volary;
using namespace volary::test;

TEST_CASE("a converged picture is the same for any number of workers, any cache that fits, and in parts",
          "[transfer]") {
  TestDevice device;
  FakeSource source = makeSource();
  const ivec2 size(150, 110);
  View view = makeDefaultView(source.dataset(), source.pyramid({}), {}, size);
  view.range = ValueRange{0, 128};
  view.slices.worldFromSlice = glm::normalize(dquat(0.8, 0.3, -0.45, 0.2));
  for (const auto& [mode, layout, thickness] : {std::tuple(RenderMode::mip, Layout::volume, 0.0),
                                                {RenderMode::dvr, Layout::volume, 0.0},
                                                {RenderMode::mip, Layout::slices, 0.0},
                                                {RenderMode::dvr, Layout::slices, 9.0},
                                                {RenderMode::mip, Layout::oblique, 12.0}}) {
    view.mode = mode;
    view.layout = layout;
    view.slices.thicknessWorld = thickness;
    view.clip.planes.clear();
    if (mode == RenderMode::dvr) view.clip.planes = {planeThrough(view.camera.pivot(), {0.5, -0.3, 0.8})};
    view.pinnedLevel.reset();
    const Pixels reference = render(*device, source, settings(64, 1), view, size);
    CHECK(differences(render(*device, source, settings(64, 4), view, size), reference) == 0);
    CHECK(differences(render(*device, source, settings(200, 2), view, size), reference) == 0);

    view.pinnedLevel = 0;
    const Pixels pinned = render(*device, source, settings(64), view, size);
    RenderStats stats;
    CHECK(differences(render(*device, source, settings(14), view, size, &stats), pinned) == 0);
    CHECK(stats.parts > 1);
    CHECK(stats.last.transferQueue == device->transferFamily().has_value());
  }
}

TEST_CASE("the window's picture ends as the file's, after any path of the camera", "[transfer]") {
  TestDevice device;
  FakeSource source = makeSource();
  const ivec2 size(150, 110);
  View view = makeDefaultView(source.dataset(), source.pyramid({}), {}, size);
  view.range = ValueRange{0, 128};
  view.slices.worldFromSlice = glm::normalize(dquat(0.8, 0.3, -0.45, 0.2));
  view.slices.thicknessWorld = 5.0;
  for (Layout layout : {Layout::volume, Layout::slices, Layout::oblique}) {
    view.layout = layout;
    const Pixels reference = render(*device, source, settings(64), view, size);
    Engine engine(*device, source, settings(64));
    gpu::FrameRing frames(*device);
    View moving = view;
    for (int i = 0; i < 12; ++i) {
      moving.camera = orbit(moving.camera, 0.2, 0.05);
      gpu::Frame& frame = frames.begin();
      engine.drawFrame(frame, moving, size, Effort::interactive);
      frames.submit(frame);
    }
    CHECK(differences(sharpen(*device, engine, view, size), reference) == 0);
  }
}

TEST_CASE("a mean of jittered pictures is the same for any workers, any cache that fits, in parts, and in the window") {
  TestDevice device;
  FakeSource source = makeSource();
  const ivec2 size(150, 110);
  View view = makeDefaultView(source.dataset(), source.pyramid({}), {}, size);
  view.range = ValueRange{0, 128};
  view.mode = RenderMode::dvr;
  view.showBox = true;
  view.jitter = 5;
  view.layout = GENERATE(Layout::volume, Layout::slices);
  RenderStats stats;
  const Pixels reference = render(*device, source, settings(64), view, size, &stats);
  CHECK(differences(render(*device, source, settings(40, 1), view, size), reference) == 0);
  View moved = view;
  moved.camera = orbit(moved.camera, 0.2, 0.05);
  Engine engine(*device, source, settings(64));
  sharpen(*device, engine, moved, size);
  CHECK(differences(sharpen(*device, engine, view, size), reference) == 0);

  // Pixels are counted once, though at the volume's edge not all rays meet a sample.
  const auto count = [](const RenderStats& of) {
    return double(std::reduce(of.resolution.pixels.begin(), of.resolution.pixels.end()));
  };
  View plain = view;
  plain.jitter = 1;
  RenderStats plainStats;
  CHECK(differences(render(*device, source, settings(64), plain, size, &plainStats), reference) > 100);
  CHECK(std::abs(count(stats) / count(plainStats) - 1.0) < 0.01);

  view.pinnedLevel = 0;
  const Pixels pinned = render(*device, source, settings(64), view, size);
  CHECK(differences(render(*device, source, settings(14), view, size, &stats), pinned) == 0);
  CHECK(stats.parts > 1);
}

TEST_CASE("pictures are the same with and without loading ahead, and what was loaded ahead is there when it is wanted",
          "[transfer]") {
  TestDevice device;
  const auto source = openSource("synthetic:sphere?size=400x300x300&type=uint8&timepoints=9&levels=4");
  const ivec2 size(90, 70);
  View view = makeDefaultView(source->dataset(), source->pyramid({}), {}, size);
  view.range = ValueRange{0, 255};
  view.slices.worldPerPixel = 1.0;
  struct Motion {
    Layout layout;
    double nearer;
    std::function<void(View&)> step;
  };
  const Motion motions[] = {{Layout::volume, 12.0, [](View& v) { v.camera = orbit(v.camera, 0.15, 0.05); }},
                            {Layout::volume, 12.0,
                             [](View& v) {
                               v.camera = fly(v.camera, {12, 0, 0});
                             }},
                            {Layout::slices, 0.3, [](View& v) { v.slices.pointWorld.z += 9.0; }},
                            {Layout::slices, 1.0, [](View& v) { ++v.timepoint; }}};
  for (const Motion& motion : motions) {
    View moving = view;
    moving.layout = motion.layout;
    moving.camera = zoom(view.camera, motion.nearer);
    Engine with(*device, *source, settings(400)), without(*device, *source, settings(400));
    gpu::FrameRing frames(*device);
    FrameReport report;
    double seconds = 0.0;
    const auto draw = [&](Engine& engine) {
      gpu::Frame& frame = frames.begin();
      report = engine.drawFrame(frame, moving, size, Effort::interactive);
      frames.submit(frame);
    };
    for (int i = 0; i < 6; ++i) {
      if (i > 0) motion.step(moving);
      draw(without);
      // A pause between steps, in which everything comes in that the engine foresees.
      const Deadline deadline("all that the engine foresees is loaded");
      do {
        deadline.check();
        with.noteView(moving, seconds);
        draw(with);
        if (!report.converged || report.lookingAhead) with.waitForBrick(std::chrono::milliseconds(5));
      } while (!report.converged || report.lookingAhead);
      seconds += 0.05;
      CHECK(report.ahead.resident <= report.slots / 4);
    }
    CHECK(report.ahead.used > 5);
    CHECK(report.ahead.loaded == report.ahead.used + report.ahead.wasted + report.ahead.resident);
    const Pixels expected = sharpen(*device, without, moving, size);
    CHECK(differences(sharpen(*device, with, moving, size), expected) == 0);
    with.stopLookingAhead();
    draw(with);
    CHECK(!report.lookingAhead);
  }
}
