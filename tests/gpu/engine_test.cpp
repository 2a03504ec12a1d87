#include "base/error.h"
#include "formats/open.h"
#include "gpu/engine_pictures.h"
#include "pyramid/level_transform.h"
#include "support/gpu/gpu_device.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <dlfcn.h>
#include <vulkan/vulkan.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

using namespace volary;
using namespace volary::test;

namespace {

View axisView(FakeSource& source, int axis) {
  View view = makeAxisView(source.dataset(), source.pyramid({}), {}, axis, std::nullopt);
  view.range = ValueRange{0, 255};
  return view;
}

/// The maximum of a level's voxels along an axis, for pixel (x, y) of an axis view.
int maximumAlong(int axis, int x, int y) {
  const int column = axis == 0 ? 1 : 0, row = axis == 2 ? 1 : 2;
  int maximum = 0;
  i64vec3 voxel;
  voxel[column] = x;
  voxel[row] = y;
  for (voxel[axis] = 0; voxel[axis] < kSize[axis]; ++voxel[axis])
    maximum = std::max(maximum, FakeSource::value(0, voxel));
  return maximum;
}

bool isMaximum(const Pixels& picture, int axis) {
  for (int y = 0; y < picture.sizePx.y; ++y)
    for (int x = 0; x < picture.sizePx.x; ++x)
      if (picture.rgba[4 * static_cast<std::size_t>(y * picture.sizePx.x + x)] != maximumAlong(axis, x, y))
        return false;
  return true;
}

std::mutex driverMutex;
std::condition_variable driverChanged;
bool driverIsSlow = false;

/// While one exists, the driver makes no compute pipeline until finish() is called.
class SlowDriver {
 public:
  SlowDriver() { set(true); }
  ~SlowDriver() { set(false); }
  void finish() const { set(false); }

 private:
  static void set(bool isSlow) {
    const std::lock_guard lock(driverMutex);
    driverIsSlow = isSlow;
    driverChanged.notify_all();
  }
};

}  // namespace

// In this program this function takes the place of the loader's.
VKAPI_ATTR VkResult VKAPI_CALL vkCreateComputePipelines(VkDevice device, VkPipelineCache cache, std::uint32_t count,
                                                        const VkComputePipelineCreateInfo* infos,
                                                        const VkAllocationCallbacks* allocator, VkPipeline* pipelines) {
  {
    std::unique_lock lock(driverMutex);
    driverChanged.wait(lock, [] { return !driverIsSlow; });
  }
  static const auto next =
      reinterpret_cast<PFN_vkCreateComputePipelines>(::dlsym(RTLD_NEXT, "vkCreateComputePipelines"));
  return next(device, cache, count, infos, allocator, pipelines);
}

TEST_CASE("a picture along an axis is the maximum, voxel by voxel, also when the cache holds a few bricks only") {
  TestDevice device;
  for (int axis = 0; axis < 3; ++axis) {
    FakeSource source = makeSource();
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

TEST_CASE("once the coarsest level is in, no frame has a hole, whatever is late", "[transfer]") {
  TestDevice device;
  FakeSource source = makeSource();
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
  TestDevice device;
  FakeSource source = makeSource();
  const ivec2 size = axisPictureSize(source.pyramid({}), 2);
  View view = axisView(source, 2);
  Engine engine(*device, source, settings(64));
  const Pixels maximum = sharpen(*device, engine, view, size);

  int awaited = 0;
  for (const RenderMode mode : {RenderMode::dvr, RenderMode::iso, RenderMode::minip})
    for (const Layout layout : {Layout::volume, Layout::slices}) {
      view.layout = layout;
      view.mode = mode;
      const Pixels expected = render(*device, source, settings(64), view, size);
      gpu::FrameRing frames(*device);
      const SlowDriver driver;
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
      driver.finish();
      CHECK(differences(sharpen(*device, engine, view, size), expected) == 0);

      view.layout = Layout::volume;
      view.mode = RenderMode::mip;
      CHECK(differences(sharpen(*device, engine, view, size), maximum) == 0);
    }
  // Each mode once; slices share their code, whatever the mode.
  CHECK(awaited == 4);
}

TEST_CASE("what was prepared for a view is what its frames are drawn with") {
  TestDevice device;
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
      waitUntil("the pipelines are made", [&] { return engine.prepare(view, size, Effort::interactive); });
      gpu::FrameRing frames(*device);
      bool converged = false;
      const Deadline deadline("the picture is complete");
      while (!converged) {
        deadline.check();
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
        deadline.check();
        gpu::Frame& frame = frames.begin();
        converged = unprepared.drawFrame(frame, view, size, Effort::complete).converged;
        frames.submit(frame);
      } while (!converged);
      CHECK(unprepared.prepare(view, size, Effort::complete));
    }
}

TEST_CASE("a brick that can't be read is one missing brick: reported once, the rest of the picture stands",
          "[transfer]") {
  TestDevice device;
  FakeSource source = makeSource();
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
  TestDevice device;
  FakeSource source = makeSource();
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
  TestDevice device;
  FakeSource source = makeSource();
  View view = axisView(source, 0);
  view.pinnedLevel = 0;
  CHECK_THROWS_AS(render(*device, source, settings(2), view, axisPictureSize(source.pyramid({}), 0)), Error);
}

namespace {

/// A source that has only its finest level at first.
class GrowingSource final : public FakeSource {
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
  TestDevice device;
  FakeSource whole = makeSource();
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
