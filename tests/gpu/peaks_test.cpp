// Maxima of coarse levels keep what is thin and bright: from the source to the pixel, against the reference renderer's
// picture of levels that hold the peaks of finer ones.
#include "base/error.h"
#include "paging/render_converged.h"
#include "pyramid/level_transform.h"
#include "support/fakes/array_source.h"
#include "support/fakes/fake_source.h"
#include "support/gpu/gpu_device.h"
#include "support/gpu/gpu_picture.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>

using namespace volary;
using namespace volary::test;

namespace {

constexpr double kDark = 10.0;
constexpr double kBright = 200.0;
const i64vec3 kSize(240, 128, 128);
constexpr ivec3 kAcross(0, 37, 50);  ///< the thread along x goes through this voxel

/// Dark, but for a thread along x, an oblique one and some points, all one voxel wide.
ArrayVolume makeThreads() {
  ArrayVolume volume = makeArrayVolume(VoxelType::uint8, kSize, {dvec3(1), dvec3(2), dvec3(4), dvec3(8)},
                                       [](const dvec3&) { return kDark; });
  const auto light = [&](const i64vec3& at) {
    volume.levels[0][std::size_t((at.z * kSize.y + at.y) * kSize.x + at.x)] = kBright;
  };
  for (std::int64_t x = 0; x < kSize.x; ++x) {
    light({x, kAcross.y, kAcross.z});
    light({x, 100 - x / 4, 20 + x / 3});
  }
  for (int i = 1; i < 6; ++i) light({40 * i, 15 + 7 * i, 110});
  makeMeans(volume);
  return volume;
}

/// A cube of value 100 with points of one voxel that are brighter by `brighter`, in every brick of each level.
ArrayVolume makePoints(std::int64_t size, const std::vector<dvec3>& factors, double brighter) {
  const auto field = [&](const dvec3& at) {
    return glm::all(glm::equal(glm::mod(glm::floor(at), 16.0), dvec3(5))) ? 100.0 + brighter : 100.0;
  };
  ArrayVolume volume = makeArrayVolume(VoxelType::uint8, i64vec3(size), factors, field);
  makeMeans(volume);
  return volume;
}

/// The same volume with coarser levels of peaks: each voxel is the maximum of the finer voxels that are closer than one
/// voxel along each axis, up to three levels below.
ArrayVolume makePeaks(const ArrayVolume& volume) {
  ArrayVolume peaks = volume;
  for (std::size_t l = 1; l < volume.levels.size(); ++l) {
    const int finer = std::max(0, int(l) - 3);
    const std::int64_t ratio = std::int64_t{1} << (int(l) - finer);
    const i64vec3 size = volume.pyramid.levels[l].sizeVoxels;
    const i64vec3 last = volume.pyramid.levels[std::size_t(finer)].sizeVoxels - std::int64_t{1};
    std::size_t at = 0;
    for (std::int64_t z = 0; z < size.z; ++z)
      for (std::int64_t y = 0; y < size.y; ++y)
        for (std::int64_t x = 0; x < size.x; ++x) {
          const i64vec3 begin = glm::max(ratio * i64vec3(x, y, z) - ratio / 2, i64vec3(0));
          const i64vec3 end =
              glm::min(ratio * (i64vec3(x, y, z) + std::int64_t{1}) + ratio / 2 - std::int64_t{1}, last);
          double most = 0.0;
          for (std::int64_t w = begin.z; w <= end.z; ++w)
            for (std::int64_t v = begin.y; v <= end.y; ++v)
              for (std::int64_t u = begin.x; u <= end.x; ++u) most = std::max(most, volume.voxel(finer, {u, v, w}));
          peaks.levels[l][at++] = most;
        }
  }
  return peaks;
}

/// The whole volume along z, at this many pixels a voxel.
View fromAfar(Source& source, Projection projection, double pixelsPerVoxel, const ivec2& sizePx) {
  View view = makeAxisView(source.dataset(), source.pyramid({}), {}, 2, sizePx);
  view.range = ValueRange{0, 255};
  view.peakLevels = 3;
  view.camera.orthoHeightWorld = sizePx.y / pixelsPerVoxel;
  const double distance = sizePx.y / pixelsPerVoxel / 2 / std::tan(view.camera.fovYRadians / 2);
  view.camera.position = dvec3(kSize) / 2.0 - 0.5 - distance * view.camera.forward();
  view.camera.projection = projection;
  return view;
}

Pixels render(gpu::Device& device, Source& source, const View& view, const ivec2& size, RenderStats* stats = nullptr,
              const EngineSettings& settings = {.pageCacheBytes = 32 << 20, .loader = {.threads = 2}}) {
  Engine engine(device, source, settings);
  return renderConverged(device, engine, view, size, stats);
}

int greatest(const Pixels& picture) {
  int most = 0;
  for (std::size_t i = 0; i < picture.rgba.size(); i += 4) most = std::max(most, int(picture.rgba[i]));
  return most;
}

}  // namespace

TEST_CASE(
    "threads and points of one voxel keep their brightness in a maximum of coarse levels, and are lost without peaks") {
  TestDevice device;
  const ArrayVolume volume = makeThreads();
  const ArrayVolume peaks = makePeaks(volume);
  ArraySource source({{volume}});
  const auto projection = GENERATE(Projection::orthographic, Projection::perspective);
  const double pixelsPerVoxel = GENERATE(0.22, 0.17, 0.11);
  const ivec2 size(72, 48);
  View view = fromAfar(source, projection, pixelsPerVoxel, size);
  const ViewRegion region = makeRegions(view, dmat4(1.0), size).front();

  RenderStats stats, lostStats;
  const Pixels picture = render(*device, source, view, size, &stats);
  const std::string name =
      fmt::format("peaks-{}-{}", view.camera.projection == Projection::perspective, pixelsPerVoxel);
  writeTestPicture({.sizePx = size, .bytes = picture.rgba}, name);
  CHECK(stats.last.converged);
  CHECK(stats.bricksPeaks > 0);
  CHECK(stats.shownPerLevel[0] == 0);
  const Difference difference =
      compare({size, picture.rgba},
              drawReference({.volume = &peaks, .pixelsPerVoxel = 1.0, .region = region, .range = *view.range}));
  CAPTURE(int(projection), pixelsPerVoxel, difference.outliers, difference.worst);
  CHECK(difference.outliers == 0);

  // The thread along x is nowhere less than half as bright as it should be, however it lies between the rays.
  for (int x = 0; x < size.x; ++x) {
    const double at = (x + 0.5 - size.x / 2.0) / pixelsPerVoxel * (projection == Projection::perspective ? 1.3 : 1.0);
    if (std::abs(at) > double(kSize.x) / 2 - 10) continue;
    int column = 0;
    for (int y = 0; y < size.y / 2; ++y) column = std::max(column, int(picture.rgba[4 * std::size_t(y * size.x + x)]));
    CHECK(column >= int((kDark + kBright) / 2));
  }
  CHECK(greatest(picture) >= int(kBright) - 1);

  view.peakLevels = 0;
  const Pixels lost = render(*device, source, view, size, &lostStats);
  writeTestPicture({.sizePx = size, .bytes = lost.rgba}, name + "-lost");
  CHECK(lostStats.bricksPeaks == 0);
  CHECK(greatest(lost) < 2 * kDark + kBright / 16);
}

TEST_CASE("peaks are wanted where the finer level has what can be seen, as the contrast is") {
  TestDevice device;
  const double brighter = GENERATE(10.0, 150.0);
  ArraySource source({{makePoints(128, {dvec3(1), dvec3(2), dvec3(4)}, brighter)}});
  const ivec2 size(60, 60);
  View view = makeAxisView(source.dataset(), source.pyramid({}), {}, 2, size);
  RenderStats stats;
  view.range = ValueRange{0, 255};
  render(*device, source, view, size, &stats);
  CHECK(stats.shownPerLevel[1] == 8);
  CHECK(stats.bricksPeaks == (brighter > 100.0 ? 8u : 0u));
  view.range = ValueRange{100, 104};
  RenderStats steep;
  render(*device, source, view, size, &steep);
  CHECK(steep.bricksPeaks == 8);
}

TEST_CASE(
    "a converged maximum with peaks is the same for any workers, any cache that fits, and after any path of the camera",
    "[transfer]") {
  TestDevice device;
  ArraySource source({{makeThreads()}});
  const ivec2 size(110, 60);
  View view = fromAfar(source, GENERATE(Projection::orthographic, Projection::perspective), 0.4, size);
  if (GENERATE(true, false)) view.range.reset();
  const auto settings = [](std::uint64_t slots, int threads) {
    return EngineSettings{.pageCacheBytes = slots * kPaddedBrickVoxels, .loader = {.threads = threads}};
  };
  RenderStats stats, few;
  const Pixels reference = render(*device, source, view, size, &stats, settings(600, 1));
  REQUIRE((stats.bricksPeaks > 0 && stats.last.lodBias == 0.0));
  CHECK((render(*device, source, view, size, nullptr, settings(2 * stats.bricksWanted, 4)).rgba == reference.rgba));

  Engine engine(*device, source, settings(600, 2));
  View before = view;
  before.camera = orbit(before.camera, 1.0, 0.3);
  before.range = ValueRange{0, 40};  // shows more as peaks
  renderConverged(*device, engine, before, size);
  CHECK((renderConverged(*device, engine, view, size).rgba == reference.rgba));
  gpu::FrameRing frames(*device);
  const Deadline deadline("the picture is complete and sharp");
  for (int i = 0;; ++i) {
    deadline.check();
    gpu::Frame& frame = frames.begin();
    const FrameReport report = engine.drawFrame(frame, i < 5 ? before : view, size, Effort::interactive);
    frames.submit(frame);
    CHECK(report.levels.size() == 4);
    if (i >= 5 && report.converged && report.sharp) break;
    if (!report.converged) engine.waitForBrick(std::chrono::milliseconds(5));
  }
  CHECK((engine.picture().readBack(*device) == reference.rgba));

  // Where the peaks don't fit beside the wanted bricks, the picture is coarser, but complete.
  const Pixels coarse =
      render(*device, source, view, size, &few, settings(stats.bricksWanted - stats.bricksPeaks + 1, 2));
  CHECK(few.last.lodBias > 0.0);
  CHECK(few.last.cacheHoldsAll);
  CHECK(few.bricksPeaks > 0);
  CHECK(few.bricksWanted <= few.last.slots);
  CHECK(greatest(coarse) == greatest(reference));
}

TEST_CASE("slices, planes in the volume, pinned levels, level 0 and other modes show voxels as they are stored") {
  TestDevice device;
  ArraySource source({{makeThreads()}});
  const ivec2 size(100, 80);
  View view = fromAfar(source, Projection::perspective, 0.3, size);
  const auto check = [&](View stored) {
    RenderStats stats;
    const Pixels picture = render(*device, source, stored, size, &stats);
    CHECK(stats.bricksPeaks == 0);
    stored.peakLevels = 0;
    CHECK((render(*device, source, stored, size).rgba == picture.rgba));
  };
  view.layout = Layout::slices;
  check(view);
  view.layout = Layout::oblique;
  view.slices.thicknessWorld = 20.0;
  check(view);
  view.layout = Layout::volume;
  view.slices.planes = {planeThrough(dvec3(kSize) / 2.0, {1, 0, 0})};
  check(view);
  view.slices.planes.clear();
  for (const RenderMode mode : {RenderMode::minip, RenderMode::attenuated, RenderMode::dvr}) {
    view.mode = mode;
    check(view);
  }
  view.mode = RenderMode::mip;
  view.pinnedLevel = 2;
  check(view);
  view.pinnedLevel.reset();
  check(fromAfar(source, Projection::orthographic, 1.2, size));
}

TEST_CASE("where peaks can't be had the level is shown as it is stored, and each brick is told of") {
  TestDevice device;
  FakeSource source(VoxelType::uint8, i64vec3(128), {dvec3(1), dvec3(2), dvec3(4)}, ivec3(128));
  source.failRead({.level = 0, .chunk = i64vec3(0)}, std::make_exception_ptr(std::runtime_error("torn")));
  const ivec2 size(60, 60);
  View view = makeAxisView(source.dataset(), source.pyramid({}), {}, 2, size);
  view.range = ValueRange{180, 255};
  RenderStats stats, stored;
  const Pixels picture = render(*device, source, view, size, &stats);
  CHECK(stats.last.converged);
  CHECK(stats.errors.size() == 8);
  CHECK((stats.bricksFailed == 8 && stats.bricksPeaks == 0 && stats.last.peaks.failed == 8));
  view.peakLevels = 0;
  CHECK((render(*device, source, view, size, &stored).rgba == picture.rgba));
  CHECK(stored.errors.empty());
}

TEST_CASE("in a page cache that is full peaks cost the detail of the slots that they need, and no more") {
  TestDevice device;
  ArraySource source({{makePoints(192, {dvec3(1), dvec3(2), dvec3(4)}, 150.0)}});
  const ivec2 size(300, 240);
  View view = makeDefaultView(source.dataset(), source.pyramid({}), {}, size);
  view.camera = withProjection(zoom(view.camera, 1.4), Projection::perspective);
  view.range = ValueRange{0, 255};
  const auto draw = [&](std::uint64_t slots, int peakLevels) {
    RenderStats stats;
    view.peakLevels = peakLevels;
    render(*device, source, view, size, &stats,
           {.pageCacheBytes = slots * kPaddedBrickVoxels, .loader = {.threads = 2}});
    return stats;
  };
  const std::uint64_t slots = draw(1000, 0).bricksWanted - 10;
  const RenderStats stored = draw(slots, 0), half = draw(slots / 2, 0), peaks = draw(slots, 2);
  CHECK((peaks.last.converged && peaks.last.cacheHoldsAll && peaks.bricksPeaks > 0));
  CHECK(peaks.bricksWanted <= slots);
  CHECK(stored.last.lodBias < peaks.last.lodBias);
  CHECK(peaks.last.lodBias < half.last.lodBias);
}

TEST_CASE("where even the coarsest level leaves no room for all peaks the first ones are shown, and that is told") {
  TestDevice device;
  ArraySource source({{makePoints(128, {dvec3(1), dvec3(2)}, 150.0)}});
  const ivec2 size(60, 60);
  View view = makeAxisView(source.dataset(), source.pyramid({}), {}, 2, size);
  view.range = ValueRange{0, 255};
  // Level 1 has 8 bricks, all of which are wanted.
  const std::uint64_t slots = GENERATE(12, 16);
  RenderStats stats;
  render(*device, source, view, size, &stats, {.pageCacheBytes = slots * kPaddedBrickVoxels, .loader = {.threads = 2}});
  CHECK(stats.last.converged);
  CHECK(stats.shownPerLevel[1] == 8);
  CHECK(stats.bricksPeaks == slots - 8);
  CHECK(stats.last.cacheHoldsAll == (slots == 16));
}

TEST_CASE("in the window a maximum is sharp as it is stored until its peaks are there") {
  TestDevice device;
  const ChunkKey fine{.level = 0, .chunk = i64vec3(0)};
  const auto makeSource = [] {
    return FakeSource(VoxelType::uint8, i64vec3(128), {dvec3(1), dvec3(2), dvec3(4)}, ivec3(128));
  };
  FakeSource whole = makeSource(), source = makeSource();
  const ivec2 size(60, 60);
  View view = makeAxisView(source.dataset(), source.pyramid({}), {}, 2, size);
  view.range = ValueRange{180, 255};
  const Pixels peaks = render(*device, whole, view, size);
  View stored = view;
  stored.peakLevels = 0;

  source.hold(fine);
  Engine engine(*device, source, {.pageCacheBytes = 32 << 20, .loader = {.threads = 2}});
  gpu::FrameRing frames(*device);
  const auto drawUntil = [&](auto&& done) {
    const Deadline deadline("the picture shows what is there");
    while (true) {
      deadline.check();
      gpu::Frame& frame = frames.begin();
      const FrameReport report = engine.drawFrame(frame, view, size, Effort::interactive);
      frames.submit(frame);
      if (done(report)) return;
      if (report.sharp) engine.waitForBrick(std::chrono::milliseconds(5));
    }
  };
  drawUntil([](const FrameReport& report) { return report.sharp && report.peaks.queued == 8 && !report.converged; });
  CHECK((engine.picture().readBack(*device) == render(*device, whole, stored, size).rgba));
  source.release(fine);
  drawUntil([](const FrameReport& report) { return report.sharp && report.converged; });
  CHECK((engine.picture().readBack(*device) == peaks.rgba));
}
