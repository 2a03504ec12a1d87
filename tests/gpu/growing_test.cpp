// Pictures of a source that makes its coarser levels while it is shown.
#include "paging/render_converged.h"
#include "streaming/brick_statistics.h"
#include "support/fakes/growing_source.h"
#include "support/gpu/gpu_device.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace volary;

namespace {

constexpr ivec2 kSizePx(60, 50);

test::GrowingSource makeSource() {
  return {VoxelType::uint8, {120, 100, 80}, {dvec3(1), dvec3(2), dvec3(8)}, {32, 32, 32}};
}

/// The picture asks for level 1: two voxels of level 0 a pixel.
View makeView(test::GrowingSource& source) {
  View view = makeDefaultView(source.dataset(), source.pyramid({}), {}, kSizePx);
  view.range = ValueRange{0, 255};
  return view;
}

std::vector<ChunkKey> chunksOf(test::GrowingSource& source, int level) {
  const LevelInfo& info = source.pyramid({}).levels[std::size_t(level)];
  const i64vec3 grid = ceilDiv(info.sizeVoxels, i64vec3(info.chunkVoxels));
  std::vector<ChunkKey> keys;
  for (std::int64_t i = 0; i < grid.x * grid.y * grid.z; ++i)
    keys.push_back({.level = level, .chunk = {i % grid.x, i / grid.x % grid.y, i / (grid.x * grid.y)}});
  return keys;
}

/// Draws frames until nothing more is to come and the picture shows everything that there is.
FrameReport draw(gpu::FrameRing& frames, Engine& engine, const View& view) {
  const test::Deadline deadline("the picture shows all that there is");
  while (true) {
    deadline.check();
    gpu::Frame& frame = frames.begin();
    const FrameReport report = engine.drawFrame(frame, view, kSizePx, Effort::interactive);
    frames.submit(frame);
    std::uint32_t missing = report.peaks.queued;
    for (const LevelCounts& level : report.levels) missing += level.queued;
    if (report.sharp && missing == report.bricksUnmade) return report;
    if (missing > report.bricksUnmade) engine.waitForBrick(std::chrono::milliseconds(50));
  }
}

std::size_t litPixels(const std::vector<std::uint8_t>& rgba) {
  std::size_t lit = 0;
  for (std::size_t i = 0; i < rgba.size(); i += 4) lit += rgba[i] > 40 || rgba[i + 1] > 40 || rgba[i + 2] > 40;
  return lit;
}

EngineSettings settings() { return {.pageCacheBytes = 256 * kPaddedBrickVoxels, .loader = {.threads = 2}}; }

}  // namespace

TEST_CASE("a growing image is seen at once, refines, and converges to what it is when all is made", "[transfer]") {
  test::TestDevice gpu;
  gpu::Device& device = *gpu;
  test::GrowingSource finished = makeSource();
  finished.finish();
  const View view = makeView(finished);
  Engine whole(device, finished, settings());
  const std::vector<std::uint8_t> expected = renderConverged(device, whole, view, kSizePx, nullptr).rgba;

  test::GrowingSource source = makeSource();
  Engine engine(device, source, settings());
  gpu::FrameRing frames(device);
  const FrameReport first = draw(frames, engine, view);
  CHECK((first.growing && !first.converged && first.coarsestComplete && first.bricksUnmade > 0));
  CHECK(first.hostMemory.workPeakBytes == source.workBytes());
  const std::vector<std::uint8_t> preview = engine.picture().readBack(device);
  CHECK(litPixels(preview) > litPixels(expected) / 2);

  // A part of level 1, then all of it: still not final.
  const std::vector<ChunkKey> chunks = chunksOf(source, 1);
  for (std::size_t i = 0; i < chunks.size(); ++i) source.make(chunks[i]);
  const FrameReport made = draw(frames, engine, view);
  CHECK((made.bricksUnmade == 0 && !made.converged));
  CHECK(engine.picture().readBack(device) != preview);

  source.finish();
  const FrameReport last = draw(frames, engine, view);
  CHECK((last.converged && !last.growing && last.newErrors.empty()));
  CHECK(engine.picture().readBack(device) == expected);
}
