// Several images in one picture, from the source to the pixel, against the reference renderer's pictures of each and,
// for compositing, against a separate ray marcher.
#include "fields.h"
#include "formats/open.h"
#include "paging/render_converged.h"
#include "pyramid/level_transform.h"
#include "support/fakes/array_source.h"
#include "support/files/read_level.h"
#include "support/files/test_files.h"
#include "support/gpu/gpu_device.h"
#include "support/gpu/gpu_picture.h"
#include "support/oracles/cpu_ray_marcher.h"
#include "support/oracles/joint_ray_marcher.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <glm/gtc/matrix_transform.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

using namespace volary;
using namespace volary::test;

namespace {

const std::vector<dvec3> kColours = {{0.2, 1.0, 0.1}, {1.0, 0.1, 0.9}, {0.1, 0.5, 1.0}};

/// Three volumes in different places, each turned and scaled in its own way, that overlap in part.
std::vector<ArraySetup> makeSetups(const dmat4& turn = dmat4(1.0)) {
  const std::vector<dvec3> factors = {dvec3(1), dvec3(2)};
  const auto make = [&](const i64vec3& size, const dmat4& worldFromVoxel) {
    return ArraySetup{makeArrayVolume(VoxelType::uint8, size, factors, blobField(dvec3(size))), turn * worldFromVoxel};
  };
  const dmat4 second = glm::translate(dmat4(1.0), dvec3(20, 5, -3)) * glm::rotate(dmat4(1.0), 0.4, dvec3(0, 0.6, 0.8)) *
                       glm::scale(dmat4(1.0), dvec3(0.8, 1.1, 1.3));
  const dmat4 third = glm::translate(dmat4(1.0), dvec3(-14, 22, 9)) * glm::rotate(dmat4(1.0), -0.7, dvec3(1, 0, 0));
  return {make({60, 50, 40}, dmat4(1.0)), make({44, 52, 36}, second), make({50, 40, 48}, third)};
}

View makeSceneView(Source& source, const ivec2& size, Projection projection = Projection::perspective) {
  View view = makeDefaultView(source.dataset(), source.pyramid({}), {}, size);
  view.camera = withProjection(zoom(view.camera, 0.8), projection);
  view.range = ValueRange{10, 240};
  view.fused = true;
  for (std::size_t i = 0; i < source.dataset().setups.size(); ++i)
    view.looks.push_back({.setup = source.dataset().setups[i].id, .colour = kColours[i % kColours.size()]});
  return view;
}

Pixels render(gpu::Device& device, Source& source, const View& view, const ivec2& size,
              const EngineSettings& settings = {.pageCacheBytes = 64 << 20, .loader = {.threads = 2}},
              RenderStats* stats = nullptr) {
  Engine engine(device, source, settings);
  return renderConverged(device, engine, view, size, stats);
}

/// Mixes the reference renderer's grey pictures of each image alone.
std::vector<dvec4> mixReference(const std::vector<ArraySetup>& setups, const View& view, const ViewRegion& region) {
  std::vector<dvec4> mixed(static_cast<std::size_t>(region.sizePx.x) * static_cast<std::size_t>(region.sizePx.y));
  std::vector<double> through(mixed.size(), 1.0);
  for (std::size_t i = 0; i < setups.size(); ++i) {
    const std::vector<dvec4> one = drawReference({.volume = &setups[i].volume,
                                                  .level = *view.pinnedLevel,
                                                  .worldFromVoxel = setups[i].worldFromVoxel,
                                                  .region = region,
                                                  .range = *view.range,
                                                  .mode = view.mode,
                                                  .transfer = view.transfer,
                                                  .background = dvec4(0.0)});
    for (std::size_t p = 0; p < mixed.size(); ++p) {
      const double grey = one[p].r;
      const dvec3 colour = grey * view.looks[i].colour;
      if (view.blend == Blend::maximum) {
        mixed[p] = dvec4(glm::max(dvec3(mixed[p]), colour), 1.0);
      } else {
        mixed[p] = dvec4(glm::min(dvec3(mixed[p]) + through[p] * colour, dvec3(1.0)), 1.0);
        if (view.blend == Blend::over) through[p] *= 1.0 - grey;
      }
    }
  }
  return mixed;
}

std::vector<dvec4> compositeReference(const std::vector<ArraySetup>& setups, const View& view, const ivec2& size,
                                      int samplesPerStep = 1) {
  const JointRayMarcher marcher(setups, view, makeRegions(view, setups[0].worldFromVoxel, size).front(),
                                samplesPerStep);
  std::vector<dvec4> picture;
  for (int y = 0; y < size.y; ++y)
    for (int x = 0; x < size.x; ++x) picture.push_back(marcher.pixel(dvec2(x, y) + 0.5));
  return picture;
}

std::ptrdiff_t litPixels(const std::vector<dvec4>& picture) {
  return std::ranges::count_if(picture, [](const dvec4& c) { return std::max({c.r, c.g, c.b}) > 0.1; });
}

}  // namespace

TEST_CASE("projections of several registered images are mixed as the reference's pictures of each") {
  TestDevice device;
  const std::vector<ArraySetup> setups = makeSetups();
  ArraySource source(setups);
  const ivec2 size(90, 70);
  Engine engine(*device, source, {.pageCacheBytes = 64 << 20, .loader = {.threads = 2}});
  for (const Projection projection : {Projection::perspective, Projection::orthographic})
    for (const RenderMode mode : {RenderMode::mip, RenderMode::average})
      for (const Blend blend : {Blend::sum, Blend::maximum, Blend::over})
        for (const int level : {0, 1}) {
          View view = makeSceneView(source, size, projection);
          view.mode = mode;
          view.blend = blend;
          view.pinnedLevel = level;
          if (level == 1) view.clip.planes = {planeThrough({25, 25, 18}, {0.3, -0.4, 1})};
          const Pixels picture = renderConverged(*device, engine, view, size);
          const auto reference = mixReference(setups, view, makeRegions(view, setups[0].worldFromVoxel, size).front());
          const Difference difference = compare({picture.sizePx, picture.rgba}, reference);
          CAPTURE(int(projection), int(mode), int(blend), level, difference.worst, difference.rmse);
          CHECK(difference.worst <= 1);
          CHECK(difference.rmse <= 0.4);
          CHECK(litPixels(reference) > (view.clip.cuts() ? 300 : 500));
          writeTestPicture(
              {picture.sizePx, picture.rgba},
              "scene-" + std::to_string(int(mode)) + "-" + std::to_string(int(blend)) + "-" + std::to_string(level));
        }
}

TEST_CASE("compositing several registered images is one march through all of them") {
  TestDevice device;
  const std::vector<ArraySetup> setups = makeSetups();
  ArraySource source(setups);
  const ivec2 size(90, 70);
  View view = makeSceneView(source, size, GENERATE(Projection::perspective, Projection::orthographic));
  view.mode = RenderMode::dvr;
  view.pinnedLevel = 0;
  view.transfer = {{{0.05, {0.3, 0.3, 0.4, 0.0}}, {0.4, {0.9, 0.8, 0.9, 0.05}}, {1.0, {1, 1, 0.9, 0.3}}}};
  if (GENERATE(false, true))
    view.clip.planes = {planeThrough({25, 25, 18}, {0.3, -0.4, 1}), planeThrough({40, 25, 18}, {-1, 0.4, 0.2})};
  const Pixels picture = render(*device, source, view, size);
  const std::vector<dvec4> reference = compositeReference(setups, view, size);
  const Difference difference = compare({picture.sizePx, picture.rgba}, reference);
  writeTestPicture({picture.sizePx, picture.rgba}, "scene-dvr");
  CAPTURE(difference.worst, difference.rmse, difference.outliers);
  CHECK(difference.worst <= 1);
  CHECK(difference.rmse <= 0.4);
  CHECK(litPixels(reference) > (view.clip.cuts() ? 300 : 500));
}

TEST_CASE("compositing several images shows of each the levels that its pixels ask for, fading into each other") {
  TestDevice device;
  const std::vector<ArraySetup> setups = makeSetups();
  ArraySource source(setups);
  const ivec2 size(90, 70);
  View view = makeSceneView(source, size);
  view.mode = RenderMode::dvr;
  view.transfer = {{{0.05, {0.3, 0.3, 0.4, 0.0}}, {0.4, {0.9, 0.8, 0.9, 0.05}}, {1.0, {1, 1, 0.9, 0.3}}}};
  // So that level 1 of the first image is fine enough from the middle of the volumes on, and that of the others
  // elsewhere.
  const ViewRegion region = makeRegions(view, setups[0].worldFromVoxel, size).front();
  const double depth = glm::dot(dvec3(30, 25, 20) - view.camera.position, view.camera.forward());
  view.pixelsPerVoxel = 2.0 * pixelsPerWorld(region, view.camera.position + depth * view.camera.forward());
  const std::vector<dvec4> reference = compositeReference(setups, view, size);
  const Pixels picture = render(*device, source, view, size);
  writeTestPicture({picture.sizePx, picture.rgba}, "scene-fading");
  const Difference difference = compare({picture.sizePx, picture.rgba}, reference);
  CAPTURE(difference.worst, difference.rmse, difference.outliers);
  CHECK(difference.worst <= 1);
  CHECK(difference.rmse <= 0.4);
  CHECK(litPixels(reference) > 500);
  // Neither level alone looks like this.
  for (const int level : {0, 1}) {
    view.pinnedLevel = level;
    CHECK(compare({picture.sizePx, picture.rgba}, compositeReference(setups, view, size)).worst > 4);
  }
}

TEST_CASE("compositing several images shows peaks of the transfer function that its steps would miss") {
  TestDevice device;
  const std::vector<ArraySetup> setups = makeSetups();
  ArraySource source(setups);
  const ivec2 size(60, 50);
  View view = makeSceneView(source, size);
  view.mode = RenderMode::dvr;
  view.pinnedLevel = 0;
  view.transfer = {{{0.38, {0.3, 0.9, 0.4, 0.0}}, {0.4, {0.3, 0.9, 0.4, 0.5}}, {0.42, {0.3, 0.9, 0.4, 0.0}}}};
  const Pixels picture = render(*device, source, view, size);
  writeTestPicture({picture.sizePx, picture.rgba}, "scene-peak");
  const std::vector<dvec4> truth = compositeReference(setups, view, size, 64);
  Rgba stepped{.sizePx = size};
  for (const dvec4& colour : compositeReference(setups, view, size))
    for (int c = 0; c < 4; ++c) stepped.bytes.push_back(static_cast<std::uint8_t>(255.0 * colour[c] + 0.5));
  const double steppedRmse = compare(stepped, truth).rmse;
  const Difference difference = compare({picture.sizePx, picture.rgba}, truth);
  CAPTURE(steppedRmse, difference.rmse, difference.worst);
  CHECK(litPixels(truth) > 300);
  CHECK(difference.rmse < 0.3 * steppedRmse);
}

TEST_CASE("slices of several registered images are mixed as the reference's slices of each") {
  TestDevice device;
  const std::vector<ArraySetup> setups = makeSetups();
  ArraySource source(setups);
  const ivec2 size(200, 160);
  View view = makeSceneView(source, size);
  view.layout = Layout::slices;
  view.blend = GENERATE(Blend::sum, Blend::over);
  view.pinnedLevel = 0;
  const Pixels picture = render(*device, source, view, size);
  const FrameVector<ViewRegion> regions = makeRegions(view, setups[0].worldFromVoxel, size);
  for (std::size_t r = 0; r < 3; ++r) {
    const ViewRegion& region = regions[r];
    const std::vector<dvec4> reference = mixReference(setups, view, region);
    int wrong = 0, lit = 0;
    for (int y = 0; y < region.sizePx.y; ++y)
      for (int x = 0; x < region.sizePx.x; ++x) {
        const dvec4& expected = reference[static_cast<std::size_t>(y * region.sizePx.x + x)];
        if (std::max({expected.r, expected.g, expected.b}) < 0.15)
          continue;  // as the background, or under a guide line
        ++lit;
        const ivec2 at = region.offsetPx + ivec2(x, y);
        const std::uint8_t* byte = &picture.rgba[4 * static_cast<std::size_t>(at.y * size.x + at.x)];
        for (int c = 0; c < 3; ++c) wrong += std::abs(byte[c] - 255.0 * expected[c]) > 1.5;
      }
    CAPTURE(r, wrong, lit);
    CHECK(lit > 500);
    // The lines where the other planes cut the slice.
    CHECK(wrong <= 3 * (region.sizePx.x + region.sizePx.y));
  }
}

TEST_CASE("turning all registrations and the camera together changes nothing") {
  TestDevice device;
  const dmat4 turn =
      glm::rotate(glm::translate(dmat4(1.0), dvec3(-300, 40, 1000)), 1.1, glm::normalize(dvec3(1, -2, 0.5)));
  ArraySource source(makeSetups());
  ArraySource turned(makeSetups(turn));
  const EngineSettings settings{.pageCacheBytes = 64 << 20, .loader = {.threads = 2}};
  Engine engine(*device, source, settings), turnedEngine(*device, turned, settings);
  const ivec2 size(90, 70);
  View view = makeSceneView(source, size);
  View turnedView = view;
  turnedView.camera.position = transformPoint(turn, view.camera.position);
  turnedView.camera.worldFromCamera = glm::normalize(glm::quat_cast(dmat3(turn)) * view.camera.worldFromCamera);
  for (const RenderMode mode : {RenderMode::mip, RenderMode::dvr, RenderMode::iso}) {
    view.mode = turnedView.mode = mode;
    const Pixels a = renderConverged(*device, engine, view, size);
    const Pixels b = renderConverged(*device, turnedEngine, turnedView, size);
    int wrong = 0;
    for (std::size_t i = 0; i < a.rgba.size(); ++i) wrong += std::abs(int(a.rgba[i]) - int(b.rgba[i])) > 1;
    CAPTURE(int(mode), wrong);
    // A ray that grazes a surface, or a box, may fall on its other side.
    CHECK(wrong <= (mode == RenderMode::iso ? 90 : 12));
  }
}

TEST_CASE("a surface hides what is behind it, whichever image it is of") {
  TestDevice device;
  // Two boxes of one value, one behind the other along z.
  const auto box = [](double z) {
    return ArraySetup{makeArrayVolume(VoxelType::uint8, {40, 40, 8}, {dvec3(1)}, [](const dvec3&) { return 200.0; }),
                      glm::translate(dmat4(1.0), dvec3(0, 0, z))};
  };
  for (const bool firstInFront : {true, false}) {
    ArraySource source({box(firstInFront ? 0 : 30), box(firstInFront ? 30 : 0)});
    View view = makeAxisView(source.dataset(), source.pyramid({}), {}, 2, std::nullopt);
    view.range = ValueRange{0, 255};
    view.mode = RenderMode::iso;
    view.fused = true;
    view.looks = {{.setup = 0, .colour = {1, 0, 0}}, {.setup = 10, .colour = {0, 1, 0}}};
    view.camera.position.z = -100.0;
    const Pixels picture = render(*device, source, view, ivec2(40));
    const std::uint8_t* middle = &picture.rgba[4 * (20 * 40 + 20)];
    CAPTURE(firstInFront, int(middle[0]), int(middle[1]));
    CHECK(middle[firstInFront ? 0 : 1] > 20);
    CHECK(middle[firstInFront ? 1 : 0] == 0);
  }
}

TEST_CASE("a converged picture of several images is the same for any workers and any cache that fits, and in parts") {
  TestDevice device;
  ArraySource source(makeSetups());
  const ivec2 size(110, 90);
  for (const auto& [mode, layout] :
       {std::pair(RenderMode::mip, Layout::slices), std::pair(RenderMode::dvr, Layout::volume)}) {
    View view = makeSceneView(source, size);
    view.mode = mode;
    view.layout = layout;
    view.pinnedLevel.reset();
    const std::uint64_t slot = kPaddedBrickVoxels;
    const Pixels reference = render(*device, source, view, size);
    CHECK(render(*device, source, view, size, {.pageCacheBytes = 300 * slot, .loader = {.threads = 1}}).rgba ==
          reference.rgba);
    CHECK(render(*device, source, view, size, {.pageCacheBytes = 60 * slot, .loader = {.threads = 4}}).rgba ==
          reference.rgba);
    view.pinnedLevel = 0;
    RenderStats stats;
    const Pixels pinned = render(*device, source, view, size);
    CHECK(render(*device, source, view, size, {.pageCacheBytes = 24 * slot, .loader = {.threads = 2}}, &stats).rgba ==
          pinned.rgba);
    CHECK(stats.parts > 1);
  }
}

TEST_CASE("images of different voxel types stand in one picture with their own values", "[transfer]") {
  TestDevice device;
  std::vector<ArraySetup> setups = makeSetups();
  const i64vec3 size16 = setups[1].volume.pyramid.levels[0].sizeVoxels,
                size32 = setups[2].volume.pyramid.levels[0].sizeVoxels;
  const auto wide = GENERATE(VoxelType::uint16, VoxelType::float32);
  setups[1].volume = makeArrayVolume(VoxelType::int16, size16, {dvec3(1), dvec3(2)}, blobField(dvec3(size16)));
  setups[2].volume = makeArrayVolume(wide, size32, {dvec3(1), dvec3(2)}, blobField(dvec3(size32)));
  ArraySource source(setups);
  const ivec2 size(90, 70);
  View view = makeSceneView(source, size);
  view.pinnedLevel = 0;
  const Pixels picture = render(*device, source, view, size);
  const auto reference = mixReference(setups, view, makeRegions(view, setups[0].worldFromVoxel, size).front());
  const Difference difference = compare({picture.sizePx, picture.rgba}, reference);
  CAPTURE(int(wide), difference.worst, difference.rmse);
  CHECK(difference.worst <= 1);
  CHECK(difference.rmse <= 0.4);
}

TEST_CASE("a tile that is out of view costs no brick, and one whose metadata is damaged only itself") {
  TestDevice device;
  std::vector<ArraySetup> setups;
  for (int i = 0; i < 6; ++i)
    setups.push_back({makeArrayVolume(VoxelType::uint8, {40, 40, 20}, {dvec3(1), dvec3(2)}, noiseField),
                      glm::translate(dmat4(1.0), dvec3(100.0 * i, 0, 0))});
  ArraySource source(setups);
  source.damage(1, true);
  View view = makeAxisView(source.dataset(), source.pyramid({}), {}, 2, std::nullopt);
  view.range = ValueRange{0, 255};
  const ivec2 size(40, 40);
  const Pixels alone = render(*device, source, view, size);
  view.fused = true;
  for (const Setup& setup : source.dataset().setups) view.looks.push_back({.setup = setup.id});
  RenderStats stats;
  ArraySource fresh(setups);
  fresh.damage(1, true);
  CHECK(render(*device, fresh, view, size, {.pageCacheBytes = 8 << 20, .loader = {.threads = 2}}, &stats).rgba ==
        alone.rgba);
  CHECK(stats.errors == std::vector<std::string>{"arrays: the metadata of setup index 1 is damaged"});
  CHECK(fresh.chunksRead(0) > 0);
  for (int i = 1; i < 6; ++i) CHECK(fresh.chunksRead(i) == 0);
}

TEST_CASE("without a stated contrast the setups of a channel share one, and channels have their own") {
  TestDevice device;
  const auto setup = [](double scale, double x) {
    return ArraySetup{makeArrayVolume(VoxelType::uint8, {40, 40, 20}, {dvec3(1)},
                                      [scale](const dvec3& edge) { return scale * (1.0 + edge.x); }),
                      glm::translate(dmat4(1.0), dvec3(x, 0, 0))};
  };
  // Two tiles in two channels: bright and faint.
  ArraySource source({setup(6, 0), setup(5, 40), setup(1, 0), setup(1, 40)});
  const ivec2 size(80, 40);
  View view = makeDefaultView(source.dataset(), source.pyramid({}), {}, size);
  view.fused = true;
  view.looks = makeLooks(source.dataset());
  view.camera = zoom(view.camera, 0.5);
  RenderStats stats;
  render(*device, source, view, size, {.pageCacheBytes = 8 << 20, .loader = {.threads = 2}}, &stats);
  REQUIRE(stats.last.ranges.size() == 4);
  const auto& ranges = stats.last.ranges;
  CHECK(ranges[0].range == ranges[1].range);
  CHECK(ranges[2].range == ranges[3].range);
  CHECK(ranges[0].range.max > 4 * ranges[2].range.max);
  CHECK(std::ranges::all_of(ranges, &SetupRange::automatic));

  // Writing the ranges into the view changes nothing.
  View written = view;
  writeRanges(written, ranges);
  CHECK(written.looks[3].range == ranges[3].range);
}

TEST_CASE("the channels of a real file are mixed pixel by pixel") {
  TestDevice device;
  const auto source = openSource((testData() / "bdv-hdf5/mobie-xyc-fluo-cells/xyc-fluo-cells-bdv-hdf5.xml").string());
  const ImagePyramid& pyramid = source->pyramid({});
  const i64vec3 size = pyramid.levels[0].sizeVoxels;
  View view = makeAxisView(source->dataset(), pyramid, {}, 2, std::nullopt);
  view.range = ValueRange{0, 255};
  view.fused = true;
  view.looks = {{.setup = source->dataset().setups[0].id, .colour = {1, 0, 0}},
                {.setup = source->dataset().setups[1].id, .colour = {0, 1, 0}},
                {.setup = source->dataset().setups[2].id, .colour = {0, 0, 1}}};
  const Pixels picture = render(*device, *source, view, ivec2(size));
  REQUIRE(pyramid.voxelType == VoxelType::uint8);
  REQUIRE(size.z == 1);
  for (int channel = 0; channel < 3; ++channel) {
    const std::vector<std::byte> voxels = readLevel(*source, {channel, 0}, 0);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < voxels.size(); ++i)
      wrong += picture.rgba[4 * i + static_cast<std::size_t>(channel)] != static_cast<std::uint8_t>(voxels[i]);
    CAPTURE(channel);
    CHECK(wrong == 0);
  }
}
