#include "base/error.h"
#include "formats/open.h"
#include "paging/render_converged.h"
#include "pyramid/level_transform.h"
#include "support/fake_source.h"
#include "support/gpu_device.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>
#include <numeric>
#include <thread>
#include <tuple>

using namespace volary;

namespace {

constexpr ivec3 kSize(100, 70, 50);
/// Slots that kSize takes at level 0: 4 x 3 x 2 bricks, of 34^3 bytes each.
constexpr std::uint64_t kBrickBytes = kPaddedBrickVoxels;

test::FakeSource makeSource() {
  return {VoxelType::uint8, i64vec3(kSize), {dvec3(1), dvec3(2)}, {16, 16, 16}};
}

EngineSettings settings(std::uint64_t slots, int threads = 2) {
  return {.pageCacheBytes = slots * kBrickBytes, .loader = {.threads = threads}};
}

View axisView(test::FakeSource& source, int axis) {
  View view = makeAxisView(source.dataset(), source.pyramid({}), {}, axis, std::nullopt);
  view.range = ValueRange{0, 255};
  return view;
}

Pixels render(gpu::Device& device, test::FakeSource& source, const EngineSettings& how, const View& view,
              const ivec2& size, RenderStats* stats = nullptr) {
  Engine engine(device, source, how);
  return renderConverged(device, engine, view, size, stats);
}

/// The maximum of a level's voxels along an axis, for pixel (x, y) of an axis view.
int maximumAlong(int axis, int x, int y) {
  const int column = axis == 0 ? 1 : 0, row = axis == 2 ? 1 : 2;
  int maximum = 0;
  i64vec3 voxel;
  voxel[column] = x;
  voxel[row] = y;
  for (voxel[axis] = 0; voxel[axis] < kSize[axis]; ++voxel[axis])
    maximum = std::max(maximum, test::FakeSource::value(0, voxel));
  return maximum;
}

bool isMaximum(const Pixels& picture, int axis) {
  for (int y = 0; y < picture.sizePx.y; ++y)
    for (int x = 0; x < picture.sizePx.x; ++x)
      if (picture.rgba[4 * static_cast<std::size_t>(y * picture.sizePx.x + x)] != maximumAlong(axis, x, y)) return false;
  return true;
}

/// How many of the pictures' bytes differ.
std::ptrdiff_t differences(const Pixels& a, const Pixels& b) {
  REQUIRE(a.rgba.size() == b.rgba.size());
  return std::inner_product(a.rgba.begin(), a.rgba.end(), b.rgba.begin(), std::ptrdiff_t{0}, std::plus<>(),
                            std::not_equal_to<>());
}

/// Draws interactive frames until the picture is complete and sharp.
Pixels sharpen(gpu::Device& device, Engine& engine, const View& view, const ivec2& size) {
  gpu::FrameRing frames(device);
  while (true) {
    gpu::Frame& frame = frames.begin();
    const FrameReport& report = engine.drawFrame(frame, view, size, Effort::interactive);
    frames.submit(frame);
    if (report.converged && report.sharp) return {size, engine.picture().readBack(device)};
    if (!report.converged) engine.waitForBrick(std::chrono::milliseconds(5));
  }
}

}  // namespace

TEST_CASE("a picture along an axis is the maximum, voxel by voxel, also when the cache holds a few bricks only") {
  test::TestDevice device;
  for (int axis = 0; axis < 3; ++axis) {
    test::FakeSource source = makeSource();
    View view = axisView(source, axis);
    const ivec2 size = axisPictureSize(source.pyramid({}), axis);
    RenderStats all, few;
    CHECK(isMaximum(render(*device, source, settings(64), view, size, &all), axis));
    CHECK(all.parts == 1);
    CHECK(all.last.converged);
    CHECK(all.bricksWanted == 24 + 4);
    CHECK(all.bricksResident == all.bricksWanted);
    CHECK(all.shownPerLevel[0] == 24);

    view.pinnedLevel = 0;
    CHECK(isMaximum(render(*device, source, settings(12), view, size, &few), axis));
    CHECK(few.parts > 1);
    CHECK(few.last.slots <= 12);
  }
}

TEST_CASE("a converged picture is the same for any number of workers, any cache that fits, and in parts", "[transfer]") {
  test::TestDevice device;
  test::FakeSource source = makeSource();
  const ivec2 size(150, 110);
  View view = makeDefaultView(source.dataset(), source.pyramid({}), {}, size);
  view.range = ValueRange{0, 128};
  view.slices.worldFromSlice = glm::normalize(dquat(0.8, 0.3, -0.45, 0.2));
  for (const auto& [mode, layout, thickness] :
       {std::tuple(RenderMode::mip, Layout::volume, 0.0), {RenderMode::dvr, Layout::volume, 0.0},
        {RenderMode::mip, Layout::slices, 0.0}, {RenderMode::dvr, Layout::slices, 9.0},
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
  test::TestDevice device;
  test::FakeSource source = makeSource();
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
  test::TestDevice device;
  test::FakeSource source = makeSource();
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

TEST_CASE("pictures are the same with and without loading ahead, and what was loaded ahead is there when it is wanted", "[transfer]") {
  test::TestDevice device;
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
                            {Layout::volume, 12.0, [](View& v) { v.camera = fly(v.camera, {12, 0, 0}); }},
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
      // A pause between steps, in which all comes in that the engine foresees.
      do {
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

TEST_CASE("once the coarsest level is in, no frame has a hole, whatever is late", "[transfer]") {
  test::TestDevice device;
  test::FakeSource source = makeSource();
  const ivec2 size = axisPictureSize(source.pyramid({}), 2);
  View view = axisView(source, 2);
  Engine engine(*device, source, settings(64));
  gpu::FrameRing frames(*device);
  // Let the coarsest level in, then hold every other read.
  view.pinnedLevel = 1;
  sharpen(*device, engine, view, size);
  source.holdAll();
  view.pinnedLevel.reset();
  for (int i = 0; i < 4; ++i) {
    gpu::Frame& frame = frames.begin();
    const FrameReport& report = engine.drawFrame(frame, view, size, Effort::interactive);
    CHECK(!report.converged);
    frames.submit(frame);
    const auto rgba = engine.picture().readBack(*device);
    // A maximum over 25 noisy voxels is never zero.
    int holes = 0;
    for (std::size_t p = 0; p < rgba.size(); p += 4) holes += rgba[p] == 0;
    CHECK(holes == 0);
  }
  source.releaseAll();
  CHECK(isMaximum(sharpen(*device, engine, view, size), 2));
}

TEST_CASE("the picture stays while the code for another mode is made, and no frame waits for it") {
  test::TestDevice device;
  test::FakeSource source = makeSource();
  const ivec2 size = axisPictureSize(source.pyramid({}), 2);
  View view = axisView(source, 2);
  Engine engine(*device, source, settings(64));
  const Pixels maximum = sharpen(*device, engine, view, size);

  // A driver may be done before the frame asks whether it is, but not each time.
  int awaited = 0;
  for (const RenderMode mode : {RenderMode::dvr, RenderMode::iso, RenderMode::minip})
    for (const Layout layout : {Layout::volume, Layout::slices}) {
      view.layout = layout;
      view.mode = mode;
      const Pixels expected = render(*device, source, settings(64), view, size);
      gpu::FrameRing frames(*device);
      gpu::Frame& frame = frames.begin();
      const FrameReport report = engine.drawFrame(frame, view, size, Effort::interactive);
      frames.submit(frame);
      if (report.awaitsPipelines) {
        ++awaited;
        CHECK(!report.converged);
        CHECK(!report.sharp);
        CHECK(!report.coarsestComplete);
        CHECK(differences({size, engine.picture().readBack(*device)}, maximum) == 0);
      }
      CHECK(differences(sharpen(*device, engine, view, size), expected) == 0);

      view.layout = Layout::volume;
      view.mode = RenderMode::mip;
      CHECK(differences(sharpen(*device, engine, view, size), maximum) == 0);
    }
  CHECK(awaited > 0);
}

TEST_CASE("what was prepared for a view is what its frames are drawn with") {
  test::TestDevice device;
  const auto source = openSource("synthetic:sphere?size=60x50x40&type=uint8&setups=2");
  const ivec2 size(90, 70);
  View view = makeDefaultView(source->dataset(), source->pyramid({}), {}, size);
  view.looks = makeLooks(source->dataset());
  view.range = ValueRange{0, 255};
  for (const bool fused : {false, true})
    for (const Layout layout : {Layout::volume, Layout::slices, Layout::oblique}) {
      CAPTURE(fused, layout);
      view.fused = fused;
      view.layout = layout;
      Engine engine(*device, *source, settings(64));
      while (!engine.prepare(view, size, Effort::interactive)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      gpu::FrameRing frames(*device);
      bool converged = false;
      while (!converged) {
        gpu::Frame& frame = frames.begin();
        const FrameReport& report = engine.drawFrame(frame, view, size, Effort::interactive);
        frames.submit(frame);
        REQUIRE(!report.awaitsPipelines);
        converged = report.converged;
        if (!converged) engine.waitForBrick(std::chrono::milliseconds(5));
      }

      // And the other way round, for a file.
      Engine unprepared(*device, *source, settings(64));
      do {
        gpu::Frame& frame = frames.begin();
        converged = unprepared.drawFrame(frame, view, size, Effort::complete).converged;
        frames.submit(frame);
      } while (!converged);
      CHECK(unprepared.prepare(view, size, Effort::complete));
    }
}

TEST_CASE("a brick that can't be read is one missing brick: reported once, the rest of the picture stands", "[transfer]") {
  test::TestDevice device;
  test::FakeSource source = makeSource();
  source.failDecode({.level = 0, .chunk = {0, 0, 0}}, std::make_exception_ptr(Error("f.h5: chunk damaged")));
  RenderStats stats;
  const Pixels picture =
      render(*device, source, settings(64), axisView(source, 2), axisPictureSize(source.pyramid({}), 2), &stats);
  CHECK(stats.bricksFailed == 1);
  REQUIRE(stats.errors.size() == 1);
  CHECK(stats.errors[0].find("f.h5: chunk damaged") != std::string::npos);
  CHECK(stats.last.converged);
  // Beside the failed brick's column the picture is exact.
  for (int y = 0; y < picture.sizePx.y; ++y)
    for (int x = 0; x < picture.sizePx.x; ++x)
      if (x >= 32 || y >= 32)
        REQUIRE(picture.rgba[4 * static_cast<std::size_t>(y * picture.sizePx.x + x)] == maximumAlong(2, x, y));
}

TEST_CASE("a view of what does not exist is an error and leaves the engine as it was") {
  test::TestDevice device;
  test::FakeSource source = makeSource();
  const ivec2 size = axisPictureSize(source.pyramid({}), 2);
  const View good = axisView(source, 2);
  Engine engine(*device, source, settings(64));
  View bad = good;
  bad.setup = 77;
  CHECK_THROWS_AS(renderConverged(*device, engine, bad, size), Error);
  bad = good;
  bad.pinnedLevel = 5;
  CHECK_THROWS_AS(renderConverged(*device, engine, bad, size), Error);
  CHECK(isMaximum(renderConverged(*device, engine, good, size), 2));
}

TEST_CASE("a page cache that does not hold one pixel's bricks is an error that says so") {
  test::TestDevice device;
  test::FakeSource source = makeSource();
  View view = axisView(source, 0);
  view.pinnedLevel = 0;
  CHECK_THROWS_AS(render(*device, source, settings(2), view, axisPictureSize(source.pyramid({}), 0)), Error);
}

namespace {

/// A source that has only its finest level at first.
class GrowingSource final : public test::FakeSource {
 public:
  GrowingSource() : FakeSource(VoxelType::uint8, i64vec3(kSize), {dvec3(1), dvec3(2)}, {16, 16, 16}) {
    first_ = FakeSource::pyramid({});
    first_.levels.resize(1);
  }
  const ImagePyramid& pyramid(ImageId image) override { return grown ? FakeSource::pyramid(image) : first_; }

  std::atomic<bool> grown = false;

 private:
  ImagePyramid first_;
};

}  // namespace

TEST_CASE("coarser levels that come while a source is open are drawn from then on, as if they had always been there") {
  test::TestDevice device;
  test::FakeSource whole = makeSource();
  const ivec2 size(40, 30);
  View view = makeDefaultView(whole.dataset(), whole.pyramid({}), {}, size);
  view.range = ValueRange{0, 128};
  const Pixels expected = render(*device, whole, settings(100), view, size);

  GrowingSource source;
  Engine engine(*device, source, settings(100));
  RenderStats before, after;
  const Pixels finest = renderConverged(*device, engine, view, size, &before);
  CHECK(before.last.levels.size() == 1);
  CHECK(differences(finest, expected) > 0);
  source.grown = true;
  CHECK(differences(renderConverged(*device, engine, view, size, &after), expected) == 0);
  CHECK(after.last.levels.size() == 2);
  CHECK(after.bytesNeeded < before.bytesNeeded);
  CHECK(before.bytesNeeded == std::uint64_t(kSize.x * kSize.y * kSize.z));
}
