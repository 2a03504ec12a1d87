#include "gpu/fields.h"
#include "support/gpu/gpu_device.h"
#include "support/gpu/gpu_picture.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>

using namespace volary;
using namespace volary::test;

namespace {

/// The slice across `axis` through the middle of full-resolution voxel `index`, one voxel a pixel.
ViewRegion sliceRegion(int axis, double index, const dvec3& size) {
  ViewRegion region = axisRegion(axis, size);
  region.kind = RegionKind::slice;
  region.sliceAxis = axis;
  region.origin0[axis] = index;
  return region;
}

}  // namespace

TEST_CASE("nearest slices show each voxel's own value, for every voxel type, level and axis") {
  TestDevice device;
  const auto type = GENERATE(VoxelType::uint8, VoxelType::int8, VoxelType::uint16, VoxelType::int16, VoxelType::uint32,
                             VoxelType::float32);
  // 256 values somewhere inside the type's range, so that a byte of the picture gives the value exactly.
  const double lowest = type == VoxelType::uint8   ? 0
                        : type == VoxelType::int8  ? -128
                        : type == VoxelType::int16 ? -20000
                                                   : 30000;
  const i64vec3 size(67, 40, 35);
  const ArrayVolume volume = makeArrayVolume(type, size, {dvec3(1), dvec3(2, 2, 1)},
                                             [&](const dvec3& edge) { return lowest + noiseField(edge); });
  GpuScene scene(*device, volume);
  for (int level = 0; level < 2; ++level)
    for (int axis = 0; axis < 3; ++axis)
      for (const int index : {0, 31, 33}) {
        const ViewRegion region = sliceRegion(axis, index, dvec3(size));
        DrawInput input = scene.input();
        input.regions = std::span(&region, 1);
        input.interpolation = Interpolation::nearest;
        input.pinnedLevel = level;
        input.range = {lowest, lowest + 255};
        const Rgba picture = scene.draw(input, region.sizePx);
        int wrong = 0;
        for (int y = 0; y < region.sizePx.y; ++y)
          for (int x = 0; x < region.sizePx.x; ++x) {
            const dvec3 edge = region.originAt(dvec2(x, y) + 0.5) + 0.5;
            const i64vec3 voxel(glm::floor(edge / volume.pyramid.levels[static_cast<std::size_t>(level)].factor));
            if (picture.at(x, y)[0] != static_cast<int>(volume.voxel(level, voxel) - lowest)) ++wrong;
          }
        CAPTURE(voxelTypeName(type), level, axis, index);
        CHECK(wrong == 0);
      }
}

TEST_CASE("trilinear slices agree with the reference") {
  TestDevice device;
  const i64vec3 size(90, 70, 50);
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint16, size, {dvec3(1), dvec3(2), dvec3(4)},
                                             [](const dvec3& edge) { return 250.0 * noiseField(edge); });
  GpuScene scene(*device, volume);
  const int level = GENERATE(0, 1, 2);
  ViewRegion region = sliceRegion(1, 32.3, dvec3(size));
  region.originDx *= 0.37;
  region.originDy *= 0.41;
  DrawInput input = scene.input();
  input.regions = std::span(&region, 1);
  input.pinnedLevel = level;
  input.range = {0, 65535};
  const Rgba picture = scene.draw(input, region.sizePx);
  const Difference difference = compare(
      picture,
      drawReference(
          {.volume = &volume, .level = level, .region = region, .range = input.range, .transfer = makeGreyRamp(0.5)}));
  CAPTURE(level);
  // A GPU's filter weighs in steps of 1/256.
  CHECK(difference.worst <= 2);
  CHECK(difference.rmse <= 0.5);
}

TEST_CASE("a slice ends at the volume's box, half a voxel beyond the outermost centres") {
  TestDevice device;
  const ArrayVolume volume =
      makeArrayVolume(VoxelType::uint8, i64vec3(10), {dvec3(1)}, [](const dvec3&) { return 255.0; });
  GpuScene scene(*device, volume);
  // Ten pixels a voxel, from two voxels before the box.
  ViewRegion region{.kind = RegionKind::slice, .sizePx = {140, 140}, .sliceAxis = 2};
  region.origin0 = dvec3(-2.5, -2.5, 5.0);
  region.originDx = dvec3(0.1, 0, 0);
  region.originDy = dvec3(0, 0.1, 0);
  region.direction0 = dvec3(0, 0, 1);
  DrawInput input = scene.input();
  input.regions = std::span(&region, 1);
  input.background = vec4(0.2f, 0.2f, 0.2f, 1.0f);
  const Rgba picture = scene.draw(input, region.sizePx);
  for (const auto& [at, value] : {std::pair(19, 51), {20, 255}, {119, 255}, {120, 51}}) {
    CHECK(picture.at(at, 70)[0] == value);
    CHECK(picture.at(70, at)[0] == value);
  }
}

TEST_CASE("a picture drawn in parts equals the whole, and what is not drawn stays") {
  TestDevice device;
  const i64vec3 size(70, 60, 50);
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint8, size, {dvec3(1), dvec3(2)}, blobField(dvec3(size)));
  GpuScene scene(*device, volume);
  const Camera camera = skewCamera(Box3{dvec3(0), dvec3(size)}, Projection::perspective);
  // The region reaches beyond the picture, on both sides.
  const ViewRegion region = makeVolumeRegion(camera, ivec2(-5, 3), ivec2(110, 100));
  DrawInput input = scene.input();
  input.regions = std::span(&region, 1);
  const ivec2 sizePx(100, 90);
  const Rgba whole = scene.draw(input, sizePx);
  CHECK(whole.at(50, 1)[3] == 0);  // above the region

  Picture picture(*device, sizePx);
  gpu::Frame& frame = scene.frames.begin();
  scene.renderer.clear(frame, picture, vec4(0.0f));
  for (const PixelRect rect :
       {PixelRect{{0, 0}, {37, 90}}, PixelRect{{37, 0}, {100, 41}}, PixelRect{{37, 41}, {100, 90}}}) {
    input.onlyPx = rect;
    scene.renderer.draw(frame, scene.cache, picture, input);
  }
  scene.frames.submit(frame);
  CHECK(picture.readBack(*device) == whole.bytes);

  input.onlyPx = PixelRect{{20, 20}, {30, 30}};
  const Rgba part = scene.draw(input, sizePx);
  CHECK(part.at(25, 25)[3] == 255);
  CHECK(part.at(30, 25)[3] == 0);
}
