#include "gpu/fields.h"
#include "pyramid/level_transform.h"
#include "support/cpu_ray_marcher.h"
#include "support/gpu_device.h"
#include "support/gpu_picture.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <glm/gtc/matrix_transform.hpp>

#include <algorithm>
#include <cmath>

using namespace volary;
using namespace volary::test;

namespace {

const std::vector<dvec3> kThreeLevels = {dvec3(1), dvec3(2), dvec3(4, 4, 2)};

/// Draws the same with the GPU and the reference and returns how far they are apart.
Difference drawBoth(GpuScene& scene, const ReferenceInput& reference, const std::string& name) {
  DrawInput input = scene.input();
  input.regions = std::span(&reference.region, 1);
  input.worldFromVoxel = reference.worldFromVoxel;
  input.range = reference.range;
  input.mode = reference.mode;
  input.interpolation = reference.interpolation;
  input.samplesPerVoxel = reference.samplesPerVoxel;
  input.transfer = makeTransferTable(reference.transfer);
  input.opacityUnitWorld = reference.opacityUnitWorld;
  input.pinnedLevel = reference.level;
  input.planesPointWorld = reference.planesPointWorld;
  input.background = vec4(reference.background);
  const Rgba picture = scene.draw(input, reference.region.sizePx);
  const std::vector<dvec4> expected = drawReference(reference);
  writeTestPicture(picture, name);
  Rgba expectedPicture{.sizePx = picture.sizePx};
  for (const dvec4& colour : expected)
    for (int c = 0; c < 4; ++c) expectedPicture.bytes.push_back(static_cast<std::uint8_t>(255.0 * colour[c] + 0.5));
  writeTestPicture(expectedPicture, name + "-reference");
  return compare(picture, expected);
}

/// A registration with anisotropic voxels, rotated.
dmat4 skewTransform() {
  return glm::translate(dmat4(1.0), dvec3(40, -7, 3)) * glm::rotate(dmat4(1.0), 0.7, glm::normalize(dvec3(1, 2, -1))) *
         glm::scale(dmat4(1.0), dvec3(0.5, 0.4, 1.3));
}

}  // namespace

TEST_CASE("a maximum projection along an axis is exact for 8 bit") {
  TestDevice device;
  const i64vec3 size(70, 45, 101);
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint8, size, kThreeLevels, noiseField);
  GpuScene scene(*device, volume);
  const int axis = GENERATE(0, 1, 2);
  scene.cache.setFiltering(GENERATE(Filtering::sampler, Filtering::shader));
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
  const Difference difference =
      drawBoth(scene,
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
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint16, size, kThreeLevels, [&](const dvec3& edge) {
    return 100.0 * blobField(dvec3(size))(edge);
  });
  GpuScene scene(*device, volume);
  const auto projection = GENERATE(Projection::orthographic, Projection::perspective);
  const int level = GENERATE(0, 1, 2);
  const dmat4 worldFromVoxel = skewTransform();
  const Camera camera = skewCamera(worldBox(volume.pyramid, worldFromVoxel), projection);
  const TransferFunction transfer{{{0.1, {0, 0, 0, 0}}, {0.4, {0.9, 0.2, 0.1, 0.05}}, {1.0, {1, 1, 0.8, 0.4}}}};
  const Difference difference =
      drawBoth(scene,
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

TEST_CASE("slice planes inside the volume end the rays, as in the reference") {
  TestDevice device;
  const i64vec3 size(64, 70, 50);
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint8, size, {dvec3(1)}, blobField(dvec3(size)));
  GpuScene scene(*device, volume);
  const auto mode = GENERATE(RenderMode::mip, RenderMode::dvr);
  const dmat4 worldFromVoxel = skewTransform();
  const Camera camera = skewCamera(worldBox(volume.pyramid, worldFromVoxel), Projection::perspective);
  const Difference difference = drawBoth(scene,
                                         {.volume = &volume,
                                          .worldFromVoxel = worldFromVoxel,
                                          .region = makeVolumeRegion(camera, ivec2(0), ivec2(96)),
                                          .range = {0, 255},
                                          .mode = mode,
                                          .transfer = makeGreyRamp(0.1),
                                          .opacityUnitWorld = 0.4,
                                          .planesPointWorld = transformPoint(worldFromVoxel, dvec3(30.2, 33.3, 20.1))},
                                         "planes-" + std::to_string(int(mode)));
  // A pixel at the very edge of a plane may fall on the other side: float against double precision.
  CAPTURE(difference.worst, difference.rmse, difference.outliers);
  CHECK(difference.outliers <= 3 * 5);
  CHECK(difference.rmse <= 0.5);
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
