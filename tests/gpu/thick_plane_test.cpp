// Slices with a thickness that stand in the volume picture.
#include "gpu/draw_both.h"
#include "gpu/engine_pictures.h"
#include "pyramid/level_transform.h"
#include "support/fakes/array_source.h"
#include "support/gpu/gpu_device.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

using namespace volary;
using namespace volary::test;

namespace {

/// Everything but planes is transparent.
TransferFunction nothing() { return {{{0.0, {1, 1, 1, 0}}, {1.0, {1, 1, 1, 0}}}}; }

bool isLit(const Pixels& picture, std::size_t pixel) {
  return std::max({picture.rgba[4 * pixel], picture.rgba[4 * pixel + 1], picture.rgba[4 * pixel + 2]}) > 0;
}

}  // namespace

TEST_CASE("thick planes of any orientation show what lies along their normals, as in the reference") {
  TestDevice device;
  const i64vec3 size(100, 75, 60);
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint8, size, kThreeLevels, blobField(dvec3(size)));
  GpuScene scene(*device, volume);
  const auto mode = GENERATE(RenderMode::mip, RenderMode::average, RenderMode::first, RenderMode::dvr);
  const auto slab = GENERATE(Slab::maximum, Slab::minimum, Slab::average);
  const auto projection = GENERATE(Projection::perspective, Projection::orthographic);
  // Thin enough to hold no sample, or one of some levels; and across the whole volume.
  const double thickness = GENERATE(0.2, 6.0, 1000.0);
  const bool fades = projection == Projection::perspective && thickness == 6.0;
  const dmat4 worldFromVoxel = skewTransform();
  const Box3 world = worldBox(volume.pyramid, worldFromVoxel);
  ViewRegion region = makeVolumeRegion(skewCamera(world, projection), ivec2(0), ivec2(96));
  region.slabWorld = thickness;
  region.clip = clipHalfSpaces({.planes = {planeThrough(world.centre() + 9.0, {-0.1, -0.5, -1})}});
  const ReferenceInput reference{
      .volume = &volume,
      .level = 1,
      .pixelsPerVoxel = fades ? std::optional(2.0) : std::nullopt,
      .worldFromVoxel = worldFromVoxel,
      .region = region,
      .range = {0, 255},
      .mode = mode,
      .transfer = mode == RenderMode::dvr ? nothing() : makeGreyRamp(0.1),
      .opacityUnitWorld = 0.4,
      .isoValue = 200.0,
      .planes = {planeThrough(world.centre(), {1, 0.7, -0.4}), planeThrough(world.centre() + 4.0, {-0.2, 1, 1}),
                 planeThrough(world.centre() - 5.0, {1, -2, 0.1})},
      .slab = slab};
  const Difference difference = drawBoth(
      scene, reference, fmt::format("thick-{}-{}-{}-{}", infoOf(mode).id, int(slab), int(projection), thickness));
  CAPTURE(infoOf(mode).id, int(slab), int(projection), thickness, difference.worst, difference.rmse,
          difference.outliers);
  // A pixel at the edge of a plane may fall on the other side, and a sample at a slab's face may or may not count:
  // float against double precision.
  CHECK(difference.outliers <= 3 * 12);
  CHECK(difference.rmse <= 1.0);
}

TEST_CASE("a thick plane across the view is the slice of that thickness, of several images at once") {
  TestDevice device;
  const std::vector<dvec3> factors = {dvec3(1), dvec3(2)};
  const auto make = [&](const i64vec3& size, const dmat4& worldFromVoxel) {
    return ArraySetup{makeArrayVolume(VoxelType::uint8, size, factors, blobField(dvec3(size))), worldFromVoxel};
  };
  // The second one does not reach the plane, only its slab; nor does it lie within the first one's outline.
  const std::vector<ArraySetup> setups = {make({90, 80, 70}, dmat4(1.0)),
                                          make({30, 30, 30}, glm::translate(dmat4(1.0), dvec3(62, 40, 45)) *
                                                                 glm::rotate(dmat4(1.0), 0.5, dvec3(0.6, 0, 0.8)))};
  ArraySource source(setups);
  const ivec2 size(120, 100);
  const bool fused = GENERATE(false, true);
  const auto slab = GENERATE(Slab::maximum, Slab::minimum, Slab::average);
  View view = makeDefaultView(source.dataset(), source.pyramid({}), {}, size);
  view.range = ValueRange{10, 240};
  view.fused = fused;
  view.looks = {{.setup = source.dataset().setups[0].id, .colour = {1.0, 0.4, 0.1}},
                {.setup = source.dataset().setups[1].id, .colour = {0.1, 0.5, 1.0}}};
  view.pinnedLevel = GENERATE(0, 1);
  view.transfer = nothing();
  view.slices.thicknessWorld = 38.0;
  view.slices.slab = slab;
  view.slices.worldFromSlice = glm::normalize(dquat(0.9, 0.2, -0.15, 0.1));
  view.slices.pointWorld = view.slices.centreWorld = dvec3(44, 39, 33);
  view.slices.worldPerPixel = 0.9;
  view.layout = Layout::oblique;
  const EngineSettings how{.pageCacheBytes = 64 << 20, .loader = {.threads = 2}};
  const auto picture = [&](const View& shown) {
    Engine engine(*device, source, how);
    return renderConverged(*device, engine, shown, size);
  };
  const Pixels expected = picture(view);

  View planes = view;
  planes.layout = Layout::volume;
  const dvec3 normal = view.slices.worldFromSlice * dvec3(0, 0, 1);
  planes.slices.planes = {planeThrough(view.slices.pointWorld, normal)};
  // The camera looks along the slice's normal; right and down are the same in the slice and in the picture.
  planes.camera.projection = Projection::orthographic;
  planes.camera.orthoHeightWorld = view.slices.worldPerPixel * size.y;
  planes.camera.worldFromCamera = view.slices.worldFromSlice;
  planes.camera.position = view.slices.pointWorld - 300.0 * normal;
  for (const RenderMode mode : {RenderMode::dvr, RenderMode::first}) {
    planes.mode = mode;
    planes.isoValue = 1e6;
    const Pixels shown = picture(planes);
    writeTestPicture({size, shown.rgba}, fmt::format("thick-across-{}-{}-{}", infoOf(mode).id, int(fused), int(slab)));
    // Planes are outlined.
    View dark = planes;
    dark.range = ValueRange{1e6, 2e6};
    const Pixels outlines = picture(dark);
    // The plane ends where the first image does; beside it the slice still shows the second one.
    int compared = 0, wrong = 0;
    for (std::size_t p = 0; p < std::size_t(size.x) * std::size_t(size.y); ++p) {
      if (!isLit(shown, p) || isLit(outlines, p)) continue;
      ++compared;
      for (std::size_t c = 0; c < 3; ++c) wrong += std::abs(shown.rgba[4 * p + c] - expected.rgba[4 * p + c]) > 1;
    }
    CAPTURE(infoOf(mode).id, fused, int(slab), *view.pinnedLevel, wrong);
    CHECK(compared > (slab == Slab::minimum ? 1500 : 5000));
    CHECK(wrong <= 3 * 4);
  }
}

TEST_CASE("what a thick plane shows does not depend on where the picture ends") {
  TestDevice device;
  FakeSource source(VoxelType::uint8, i64vec3(160, 160, 160), {dvec3(1), dvec3(2), dvec3(4)}, {16, 16, 16});
  const ivec2 size(160, 120), begin(60, 45), part(40, 30);
  View view = makeDefaultView(source.dataset(), source.pyramid({}), {}, size);
  view.range = ValueRange{0, 255};
  view.mode = RenderMode::dvr;
  view.transfer = nothing();
  view.camera = zoom(view.camera, 3.0);
  // Seen at a slant: its slab reaches far out of the rays of a small picture.
  view.slices.planes = {planeThrough(dvec3(80), glm::normalize(view.camera.forward() + 1.2 * view.camera.right()))};
  view.slices.thicknessWorld = 70.0;
  const Pixels whole = render(*device, source, settings(4000), view, size);

  // The same rays, but only the middle ones: a camera with a narrower angle.
  View narrow = view;
  narrow.camera.fovYRadians = 2.0 * std::atan(std::tan(0.5 * view.camera.fovYRadians) * part.y / size.y);
  const Pixels middle = render(*device, source, settings(4000), narrow, part);
  int wrong = 0, lit = 0;
  for (int y = 0; y < part.y; ++y)
    for (int x = 0; x < part.x; ++x) {
      const auto one = static_cast<std::size_t>(y * part.x + x);
      const auto other = static_cast<std::size_t>((y + begin.y) * size.x + x + begin.x);
      lit += isLit(middle, one);
      for (std::size_t c = 0; c < 3; ++c) wrong += std::abs(middle.rgba[4 * one + c] - whole.rgba[4 * other + c]) > 1;
    }
  CHECK(lit > part.x * part.y / 2);
  CHECK(wrong == 0);
}
