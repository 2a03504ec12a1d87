#include "formats/open.h"
#include "paging/engine.h"
#include "pyramid/page_voxel.h"
#include "support/gpu/gpu_device.h"
#include "support/wait_until.h"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

using namespace volary;

namespace {

constexpr ivec2 kSizePx(64, 48);

/// A ball in a cube of `voxels` voxels along each edge, always 1024 um long, with levels down to 32 voxels.
std::unique_ptr<Source> openBall(std::int64_t voxels) {
  const int levels = static_cast<int>(std::lround(std::log2(double(voxels) / 32.0))) + 1;
  return openSource(fmt::format("synthetic:sphere?type=uint8&size={}&levels={}&voxelsize={}", voxels, levels,
                                1024.0 / double(voxels)));
}

View firstView(Source& source) {
  View view = makeDefaultView(source.dataset(), source.pyramid({}), {}, kSizePx);
  view.range = ValueRange{0, 255};
  return view;
}

/// The costs of drawing the same views.
struct Costs {
  double bricksWanted = 0;
  double bricksVisited = 0;
  double bricksLoaded = 0;
  double tableBytes = 0;
  double heldBytes = 0;
  double bytesRead = 0;
};

Costs drawPath(gpu::Device& device, std::int64_t voxels) {
  const auto source = openBall(voxels);
  Engine engine(device, *source, {.pageCacheBytes = 300 * kPaddedBrickVoxels, .loader = {.threads = 2}});
  gpu::FrameRing frames(device);
  View view = firstView(*source);
  Costs costs;
  for (int i = 0; i < 8; ++i) {
    view.layout = i % 2 == 0 ? Layout::volume : Layout::slices;
    view.camera = zoom(orbit(view.camera, 0.4, 0.1), 1.2);
    view.slices.pointWorld += dvec3(10, 20, 30);
    FrameReport report;
    const test::Deadline deadline("the picture is complete");
    while (!report.converged) {
      deadline.check();
      gpu::Frame& frame = frames.begin();
      report = engine.drawFrame(frame, view, kSizePx, Effort::complete);
      frames.submit(frame);
      if (!report.converged) engine.waitForBrick(std::chrono::milliseconds(50));
    }
    costs.bricksWanted += double(engine.wanted().bricks.size());
    costs.bricksVisited += double(engine.wanted().visited);
    costs.tableBytes += double(report.hostMemory.tableBytes);
    costs.heldBytes = double(report.hostMemory.bytes);
    costs.bricksLoaded = double(report.loader.bricksFinished);
    costs.bytesRead = double(report.loader.bytesDecoded);
  }
  return costs;
}

}  // namespace

TEST_CASE("a petavoxel costs what a gigavoxel does") {
  test::TestDevice device;
  const Costs giga = drawPath(*device, 1024);
  const Costs peta = drawPath(*device, 128 * 1024);
  CHECK(giga.bricksWanted > 300);
  CHECK(peta.bricksWanted == Catch::Approx(giga.bricksWanted).epsilon(0.1));
  CHECK(peta.bricksVisited == Catch::Approx(giga.bricksVisited).epsilon(0.1));
  CHECK(peta.bricksLoaded == Catch::Approx(giga.bricksLoaded).epsilon(0.1));
  CHECK(peta.tableBytes == Catch::Approx(giga.tableBytes).epsilon(0.1));
  CHECK(peta.heldBytes == Catch::Approx(giga.heldBytes).epsilon(0.1));
  CHECK(peta.bytesRead == Catch::Approx(giga.bytesRead).epsilon(0.1));
}

TEST_CASE("a long flight through a petavoxel stays within its memory in every frame", "[transfer]") {
  test::TestDevice device;
  const auto source = openBall(128 * 1024);
  constexpr std::uint64_t kHostCache = 1 << 20, kStored = 1 << 20;
  constexpr std::uint64_t kInHand = 2 * (16 << 20);  // of two workers, if it exceeds the budget
  constexpr int kMaxFinished = 16;
  Engine engine(
      *device, *source,
      {.pageCacheBytes = 200 * kPaddedBrickVoxels,
       .uploadBytesPerFrame = kMaxFinished * kPaddedBrickVoxels,
       .loader = {.threads = 2, .hostCacheBytes = kHostCache, .storedBytes = kStored, .maxFinished = kMaxFinished}});
  const std::uint64_t bricksOutside = (device->transferFamily() ? 5 : 2) * kMaxFinished;
  gpu::FrameRing frames(*device);
  View view = firstView(*source);
  const Camera first = view.camera;
  FrameReport report;
  for (int i = 0; i < 2000; ++i) {
    // In and out between the whole ball and single voxels, around it and sideways, with planes and with time to settle.
    const double t = 0.01 * i;
    view.layout = i / 500 % 2 == 0 ? Layout::volume : Layout::slices;
    view.camera = fly(orbit(zoom(first, std::exp2(6.0 - 6.0 * std::cos(t))), 0.8 * t, 0.4 * std::sin(0.7 * t)),
                      {100.0 * std::sin(0.3 * t), 0.0, 0.0});
    view.slices.pointWorld = dvec3(512.0) + 400.0 * dvec3(std::sin(t), std::sin(1.3 * t), std::cos(0.9 * t));
    view.slices.worldPerPixel = 20.0 * std::exp2(-6.0 + 6.0 * std::cos(0.7 * t));
    engine.noteView(view, i / 60.0);
    gpu::Frame& frame = frames.begin();
    report = engine.drawFrame(frame, view, kSizePx, Effort::interactive);
    frames.submit(frame);
    // However fast the frames are and however busy the machine is, one brick a frame is made.
    if (report.loader.queued > 0) engine.waitForBrick(std::chrono::milliseconds(200));

    const HostMemory& memory = report.hostMemory;
    REQUIRE(report.slotsUsed <= report.slots);
    REQUIRE(engine.wanted().bricks.size() <= report.slots);
    REQUIRE(engine.wanted().visited <= 40 * report.slots);
    REQUIRE(report.ahead.resident <= report.slots / 4);
    REQUIRE(report.loader.hostCachePeakBytes <= std::max(kHostCache, kInHand));
    REQUIRE(report.loader.inFlight + report.loader.finished <= kMaxFinished);
    REQUIRE(report.loader.queued <= report.slots);
    REQUIRE(memory.tableBytes <= 20 * 4 * report.slots * 2);
    REQUIRE(memory.peakBytes <= memory.boundBytes);
    REQUIRE(memory.boundBytes <= kHostCache + kStored + kInHand + bricksOutside * kPaddedBrickVoxels + (1 << 19));
  }
  // It was a flight: far more bricks came and went than there is room for.
  CHECK(report.loader.bricksFinished > 5 * report.slots);
  CHECK(report.evictions > 3 * report.slots);
  CHECK(report.loader.bricksDropped > 0);
}
