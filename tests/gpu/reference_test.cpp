#include "gpu/draw_both.h"
#include "pyramid/level_transform.h"
#include "support/gpu/gpu_device.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <fmt/format.h>
#include <glm/gtc/matrix_transform.hpp>

#include <algorithm>
#include <cmath>

using namespace volary;
using namespace volary::test;

TEST_CASE("a maximum projection along an axis is exact for 8 bit") {
  TestDevice device;
  const i64vec3 size(70, 45, 101);
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint8, size, kThreeLevels, noiseField);
  GpuScene scene(*device, volume, allBricks(volume.pyramid), GENERATE(Filtering::sampler, Filtering::shader));
  const int axis = GENERATE(0, 1, 2);
  const ViewRegion region = axisRegion(axis, dvec3(size));
  DrawInput input = scene.input();
  input.regions = std::span(&region, 1);
  input.pinnedLevel = 0;
  const Rgba picture = scene.draw(input, region.sizePx);

  int wrong = 0;
  const int right = axis == 0 ? 1 : 0, down = axis == 2 ? 1 : 2;
  for (int y = 0; y < region.sizePx.y; ++y)
    for (int x = 0; x < region.sizePx.x; ++x) {
      double maximum = 0.0;
      i64vec3 index;
      index[right] = x;
      index[down] = y;
      for (index[axis] = 0; index[axis] < size[axis]; ++index[axis])
        maximum = std::max(maximum, volume.voxel(0, index));
      if (picture.at(x, y)[0] != static_cast<int>(maximum)) ++wrong;
    }
  CHECK(wrong == 0);
}

TEST_CASE("maximum projections agree with the reference at every level and from any side") {
  TestDevice device;
  const i64vec3 size(100, 75, 60);
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint8, size, kThreeLevels, blobField(dvec3(size)));
  GpuScene scene(*device, volume);
  const auto projection = GENERATE(Projection::orthographic, Projection::perspective);
  const int level = GENERATE(0, 1, 2);
  const dmat4 worldFromVoxel = skewTransform();
  const Camera camera = skewCamera(worldBox(volume.pyramid, worldFromVoxel), projection);
  const Difference difference = drawBoth(scene,
                                         {.volume = &volume,
                                          .level = level,
                                          .worldFromVoxel = worldFromVoxel,
                                          .region = makeVolumeRegion(camera, ivec2(0), ivec2(96)),
                                          .range = {0, 255},
                                          .samplesPerVoxel = level == 0 ? 3 : 1,
                                          .transfer = makeGreyRamp(0.5)},
                                         "mip-" + std::to_string(int(projection)) + "-" + std::to_string(level));
  CAPTURE(level, difference.worst, difference.rmse);
  CHECK(difference.worst <= 1);
  CHECK(difference.rmse <= 0.4);
}

TEST_CASE("compositing agrees with the reference at every level and from any side") {
  TestDevice device;
  const i64vec3 size(100, 75, 60);
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint16, size, kThreeLevels,
                                             [&](const dvec3& edge) { return 100.0 * blobField(dvec3(size))(edge); });
  GpuScene scene(*device, volume);
  const auto projection = GENERATE(Projection::orthographic, Projection::perspective);
  const int level = GENERATE(0, 1, 2);
  const dmat4 worldFromVoxel = skewTransform();
  const Camera camera = skewCamera(worldBox(volume.pyramid, worldFromVoxel), projection);
  const TransferFunction transfer{{{0.1, {0, 0, 0, 0}}, {0.4, {0.9, 0.2, 0.1, 0.05}}, {1.0, {1, 1, 0.8, 0.4}}}};
  const Difference difference = drawBoth(scene,
                                         {.volume = &volume,
                                          .level = level,
                                          .worldFromVoxel = worldFromVoxel,
                                          .region = makeVolumeRegion(camera, ivec2(0), ivec2(96)),
                                          .range = {1000, 24000},
                                          .mode = RenderMode::dvr,
                                          .samplesPerVoxel = level == 1 ? 2 : 1,
                                          .transfer = transfer,
                                          .opacityUnitWorld = 0.4,
                                          .background = {0.1, 0.2, 0.3, 1.0}},
                                         "dvr-" + std::to_string(int(projection)) + "-" + std::to_string(level));
  CAPTURE(level, difference.worst, difference.rmse);
  CHECK(difference.worst <= 1);
  CHECK(difference.rmse <= 0.4);
}

TEST_CASE("every projection agrees with the reference at every level and from any side") {
  TestDevice device;
  const i64vec3 size(100, 75, 60);
  const ArrayVolume volume = makeArrayVolume(VoxelType::int16, size, kThreeLevels, [&](const dvec3& edge) {
    return 100.0 * blobField(dvec3(size))(edge) - 4000.0;
  });
  GpuScene scene(*device, volume);
  const auto mode =
      GENERATE(RenderMode::minip, RenderMode::average, RenderMode::sum, RenderMode::attenuated, RenderMode::first);
  const auto projection = GENERATE(Projection::orthographic, Projection::perspective);
  const int level = GENERATE(0, 1, 2);
  const dmat4 worldFromVoxel = skewTransform();
  const Camera camera = skewCamera(worldBox(volume.pyramid, worldFromVoxel), projection);
  // A range whose ends are reached; for the minimum a negative, in which it is bright.
  const ValueRange range = mode == RenderMode::minip ? ValueRange{9000, -4000} : ValueRange{-2000, 14000};
  const Difference difference = drawBoth(scene,
                                         {.volume = &volume,
                                          .level = level,
                                          .worldFromVoxel = worldFromVoxel,
                                          .region = makeVolumeRegion(camera, ivec2(0), ivec2(96)),
                                          .range = range,
                                          .mode = mode,
                                          .samplesPerVoxel = level == 1 ? 2 : 1,
                                          .transfer = makeGreyRamp(0.5),
                                          .opacityUnitWorld = 0.4,
                                          .isoValue = 3000.0,
                                          .attenuation = 0.08,
                                          .background = {0.1, 0.2, 0.3, 1.0}},
                                         fmt::format("{}-{}-{}", infoOf(mode).id, int(projection), level));
  CAPTURE(infoOf(mode).id, level, difference.worst, difference.rmse, difference.outliers);
  // First hit: a value right at the iso value may or may not count: float against double precision.
  CHECK(difference.outliers <= (mode == RenderMode::first ? 3 * 9 : 0));
  CHECK(difference.rmse <= (mode == RenderMode::first ? 1.5 : 0.4));
}

TEST_CASE("an isosurface and lit compositing agree with the reference at every level and from any side") {
  TestDevice device;
  const i64vec3 size(100, 75, 60);
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint16, size, kThreeLevels,
                                             [&](const dvec3& edge) { return 200.0 * blobField(dvec3(size))(edge); });
  GpuScene scene(*device, volume);
  const auto mode = GENERATE(RenderMode::iso, RenderMode::dvr);
  const auto projection = GENERATE(Projection::orthographic, Projection::perspective);
  const int level = GENERATE(0, 1, 2);
  const dmat4 worldFromVoxel = skewTransform();
  const Camera camera = skewCamera(worldBox(volume.pyramid, worldFromVoxel), projection);
  const Difference difference =
      drawBoth(scene,
               {.volume = &volume,
                .level = level,
                .worldFromVoxel = worldFromVoxel,
                .region = makeVolumeRegion(camera, ivec2(0), ivec2(96)),
                .range = {1000, 48000},
                .mode = mode,
                .samplesPerVoxel = level == 0 ? 2 : 1,
                .transfer = {{{0.1, {0, 0, 0, 0}}, {0.4, {0.9, 0.2, 0.1, 0.05}}, {1.0, {1, 1, 0.8, 0.4}}}},
                .opacityUnitWorld = 0.4,
                .isoValue = 22000.0,
                .lighting = Lighting::on,
                .background = {0.1, 0.2, 0.3, 1.0}},
               fmt::format("lit-{}-{}-{}", infoOf(mode).id, int(projection), level));
  CAPTURE(infoOf(mode).id, level, difference.worst, difference.rmse, difference.outliers);
  // A ray that just touches the surface may or may not meet it: float against double precision.
  CHECK(difference.outliers <= (mode == RenderMode::iso ? 3 * 9 : 0));
  CHECK(difference.rmse <= (mode == RenderMode::iso ? 1.5 : 0.4));
}

TEST_CASE("an isosurface lies where the field has the iso value, and is lit by its slope") {
  TestDevice device;
  // A ball of radius 20, in voxels that are not cubes: the distance to the middle in world units, times 1000.
  const i64vec3 size(96, 64, 48);
  const dmat4 worldFromVoxel = glm::scale(dmat4(1.0), dvec3(0.5, 0.75, 1.0));
  const dvec3 middle = 0.5 * dvec3(size) * dvec3(0.5, 0.75, 1.0);
  const ArrayVolume volume = makeArrayVolume(VoxelType::float32, size, {dvec3(1)}, [&](const dvec3& edge) {
    return -1000.0 * glm::length(edge * dvec3(0.5, 0.75, 1.0) - middle);
  });
  GpuScene scene(*device, volume);
  ViewRegion region{.sizePx = {96, 96}};
  region.originDx = {0.5, 0, 0};
  region.originDy = {0, 0.5, 0};
  const dvec3 centre = transformPoint(worldFromVoxel, 0.5 * dvec3(size) - 0.5);
  region.origin0 = centre - dvec3(24, 24, 100);
  region.direction0 = {0, 0, 1};
  DrawInput input = scene.input();
  input.regions = std::span(&region, 1);
  input.worldFromVoxel = worldFromVoxel;
  input.mode = RenderMode::iso;
  input.isoValue = -20000.0;
  input.range = {-40000.0, 0.0};
  input.opacityUnitWorld = 1.0;
  input.transfer = makeTransferTable(TransferFunction{{{0.0, {0.8, 0.8, 0.8, 0.0}}}});
  const Rgba picture = scene.draw(input, region.sizePx);
  writeTestPicture(picture, "ball");
  int worst = 0, seen = 0;
  for (int y = 0; y < 96; ++y)
    for (int x = 0; x < 96; ++x) {
      const double radius = glm::length((dvec2(x, y) + 0.5) * 0.5 - 24.0);
      if (radius > 19.0 && radius < 21.0) continue;  // the rim
      double expected = 0.0;
      if (radius < 20.0) {
        ++seen;
        const double facing = std::sqrt(1.0 - radius * radius / 400.0);
        const double shaded = 0.8 * (0.25 + 0.75 * facing) + 0.2 * std::pow(facing, 32.0);
        expected = 255.0 * std::min(1.0, glm::mix(0.8, shaded, std::min(1.0, 20.0 * 1000.0 / 40000.0)));
      }
      worst = std::max(worst, std::abs(picture.at(x, y)[0] - int(std::lround(expected))));
    }
  CAPTURE(worst);
  CHECK(seen > 3000);
  CHECK(worst <= 2);  // the field is not linear between voxels
}

TEST_CASE(
    "where the detail changes along the rays every mode shows levels that fade into each other, as in the reference") {
  TestDevice device;
  const i64vec3 size(120, 110, 100);
  // Levels that differ: each has its own brightness.
  ArrayVolume volume = makeArrayVolume(VoxelType::uint16, size, {dvec3(1), dvec3(2), dvec3(4)},
                                       [&](const dvec3& edge) { return 200.0 * blobField(dvec3(size))(edge); });
  for (std::size_t level = 1; level < volume.levels.size(); ++level)
    for (double& value : volume.levels[level]) value = std::round(value * (level == 1 ? 0.8 : 1.2));
  GpuScene scene(*device, volume, allBricks(volume.pyramid), GENERATE(Filtering::sampler, Filtering::shader));
  const auto mode = GENERATE(RenderMode::mip, RenderMode::minip, RenderMode::average, RenderMode::sum,
                             RenderMode::attenuated, RenderMode::first, RenderMode::iso, RenderMode::dvr);
  const dmat4 worldFromVoxel =
      glm::rotate(dmat4(1.0), 0.4, glm::normalize(dvec3(1, 2, -1))) * glm::scale(dmat4(1.0), dvec3(0.5));
  const Camera camera = skewCamera(worldBox(volume.pyramid, worldFromVoxel), Projection::perspective);
  ViewRegion region = makeVolumeRegion(camera, ivec2(0), ivec2(96));
  // So that level 1 is fine enough from a depth in the volume's front third on.
  const double depth = glm::dot(worldBox(volume.pyramid, worldFromVoxel).centre() - camera.position, camera.forward());
  const double pixelsPerVoxel = 2.0 * 0.5 * pixelsPerWorld(region, camera.position + 0.75 * depth * camera.forward());
  const Difference difference =
      drawBoth(scene,
               {.volume = &volume,
                .pixelsPerVoxel = pixelsPerVoxel,
                .worldFromVoxel = worldFromVoxel,
                .region = region,
                .range = {1000, 56000},
                .mode = mode,
                .samplesPerVoxel = 2,
                .transfer = {{{0.1, {0, 0, 0, 0}}, {0.4, {0.9, 0.2, 0.1, 0.02}}, {1.0, {1, 1, 0.8, 0.2}}}},
                .opacityUnitWorld = 0.5,
                .isoValue = 22000.0,
                .lighting = Lighting::on,
                .background = {0.1, 0.2, 0.3, 1.0}},
               fmt::format("fading-{}", infoOf(mode).id));
  CAPTURE(infoOf(mode).id, difference.worst, difference.rmse, difference.outliers);
  const bool hits = mode == RenderMode::iso || mode == RenderMode::first;
  CHECK(difference.outliers <= (hits ? 3 * 9 : 0));
  CHECK(difference.rmse <= (hits ? 1.5 : 0.4));
}

TEST_CASE("a camera inside the volume sees what lies ahead") {
  TestDevice device;
  const i64vec3 size(100, 75, 60);
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint8, size, {dvec3(1)}, blobField(dvec3(size)));
  GpuScene scene(*device, volume);
  Camera camera;
  camera.position = dvec3(48.0, 40.0, 30.0);
  camera.worldFromCamera = glm::normalize(dquat(0.9, 0.1, 0.4, -0.1));
  const Difference difference = drawBoth(scene,
                                         {.volume = &volume,
                                          .region = makeVolumeRegion(camera, ivec2(0), ivec2(80)),
                                          .range = {0, 255},
                                          .transfer = makeGreyRamp(0.5)},
                                         "inside");
  CHECK(difference.worst <= 1);
}
