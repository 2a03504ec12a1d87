// What cuts the volume, or ends its rays: planes, boxes and slabs, against the reference renderer.
#include "gpu/draw_both.h"
#include "pyramid/level_transform.h"
#include "support/gpu/gpu_device.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <fmt/format.h>

#include <algorithm>

using namespace volary;
using namespace volary::test;

TEST_CASE("slice planes inside the volume, of any orientation, end the rays, as in the reference") {
  TestDevice device;
  const i64vec3 size(64, 70, 50);
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint8, size, {dvec3(1)}, blobField(dvec3(size)));
  GpuScene scene(*device, volume);
  const auto mode = GENERATE(RenderMode::mip, RenderMode::minip, RenderMode::average, RenderMode::sum,
                             RenderMode::attenuated, RenderMode::first, RenderMode::iso, RenderMode::dvr);
  const dmat4 worldFromVoxel = skewTransform();
  const Camera camera = skewCamera(worldBox(volume.pyramid, worldFromVoxel), Projection::perspective);
  const auto axisPlanes = slicePlanes(worldFromVoxel, transformPoint(worldFromVoxel, dvec3(30.2, 33.3, 20.1)));
  std::vector<Plane> planes(axisPlanes.begin(), axisPlanes.end());
  if (GENERATE(false, true)) {
    const dvec3 centre = worldBox(volume.pyramid, worldFromVoxel).centre();
    planes = {planeThrough(centre, {1, 0.7, -0.4}), planeThrough(centre + 4.0, {-0.2, 1, 1}),
              planeThrough(centre - 5.0, {1, -2, 0.1})};
  }
  const Difference difference = drawBoth(scene,
                                         {.volume = &volume,
                                          .worldFromVoxel = worldFromVoxel,
                                          .region = makeVolumeRegion(camera, ivec2(0), ivec2(96)),
                                          .range = {0, 255},
                                          .mode = mode,
                                          .transfer = makeGreyRamp(0.1),
                                          .opacityUnitWorld = 0.4,
                                          .isoValue = 150.0,
                                          .planes = planes},
                                         fmt::format("planes-{}-{}", int(mode), planes.size()));
  // A pixel at the very edge of a plane may fall on the other side: float against double precision.
  CAPTURE(difference.worst, difference.rmse, difference.outliers);
  CHECK(difference.outliers <= 3 * 5);
  CHECK(difference.rmse <= 0.5);
}

TEST_CASE("a box and planes cut every mode as in the reference, and an opened surface shows the cut's plane") {
  TestDevice device;
  const i64vec3 size(100, 75, 60);
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint16, size, kThreeLevels,
                                             [&](const dvec3& edge) { return 200.0 * blobField(dvec3(size))(edge); });
  GpuScene scene(*device, volume);
  const auto mode = GENERATE(RenderMode::mip, RenderMode::minip, RenderMode::average, RenderMode::sum,
                             RenderMode::attenuated, RenderMode::first, RenderMode::iso, RenderMode::dvr);
  const auto projection = GENERATE(Projection::orthographic, Projection::perspective);
  const bool withPlanes = GENERATE(false, true);
  const dmat4 worldFromVoxel = skewTransform();
  const Box3 world = worldBox(volume.pyramid, worldFromVoxel);
  ViewRegion region = makeVolumeRegion(skewCamera(world, projection), ivec2(0), ivec2(96));
  region.clip = clipHalfSpaces({.box = Box3{world.min + 0.2 * world.extent(), world.max - 0.15 * world.extent()},
                                .planes = {planeThrough(world.centre() - 2.0, {1, -0.5, 0.2}),
                                           planeThrough(world.centre() + 9.0, {-0.1, -0.5, -1})}});
  REQUIRE(region.clip.size() == 8);
  ReferenceInput reference{.volume = &volume,
                           .worldFromVoxel = worldFromVoxel,
                           .region = region,
                           .range = {1000, 48000},
                           .mode = mode,
                           .samplesPerVoxel = 2,
                           .transfer = {{{0.1, {0, 0, 0, 0}}, {0.4, {0.9, 0.2, 0.1, 0.05}}, {1.0, {1, 1, 0.8, 0.4}}}},
                           .opacityUnitWorld = 0.4,
                           .isoValue = 22000.0,
                           .lighting = Lighting::on,
                           .background = {0.1, 0.2, 0.3, 1.0}};
  if (withPlanes)
    for (const Plane& plane : slicePlanes(worldFromVoxel, world.centre() + 3.0)) reference.planes.push_back(plane);
  const Difference difference =
      drawBoth(scene, reference, fmt::format("cut-{}-{}-{}", infoOf(mode).id, int(projection), int(withPlanes)));
  CAPTURE(infoOf(mode).id, difference.worst, difference.rmse, difference.outliers);
  // A ray along the rim of a cut, of a plane or of a surface may or may not meet it: float against double precision.
  CHECK(difference.outliers <= 3 * 12);
  CHECK(difference.rmse <= 1.5);
}

TEST_CASE("slabs of any orientation agree with the reference at every level") {
  TestDevice device;
  const i64vec3 size(100, 75, 60);
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint8, size, kThreeLevels, blobField(dvec3(size)));
  GpuScene scene(*device, volume);
  const auto mode = GENERATE(RenderMode::mip, RenderMode::minip, RenderMode::average);
  const int level = GENERATE(0, 1, 2);
  const double thickness = GENERATE(0.3, 6.0, 1000.0);
  const dmat4 worldFromVoxel = skewTransform();
  const dquat turn = glm::normalize(dquat(0.8, 0.3, -0.45, 0.2));
  ViewRegion region = makeSliceRegion(-1, worldBox(volume.pyramid, worldFromVoxel).centre() + 1.0,
                                      turn * dvec3(1, 0, 0), turn * dvec3(0, 1, 0), 0.7, ivec2(0), ivec2(96));
  region.slabWorld = thickness;
  const Difference difference = drawBoth(scene,
                                         {.volume = &volume,
                                          .level = level,
                                          .worldFromVoxel = worldFromVoxel,
                                          .region = region,
                                          .range = {0, 255},
                                          .mode = mode,
                                          .transfer = makeGreyRamp(0.5),
                                          .opacityUnitWorld = 0.4,
                                          .background = {0.1, 0.2, 0.3, 1.0}},
                                         fmt::format("slab-{}-{}-{}", infoOf(mode).id, level, thickness));
  CAPTURE(infoOf(mode).id, level, thickness, difference.worst, difference.rmse, difference.outliers);
  // A sample right at a face of the slab may or may not count: float against double precision.
  CHECK(difference.outliers <= 3 * 6);
  CHECK(difference.rmse <= 0.6);
}

TEST_CASE("a box of whole voxels shows the voxels in it and no others") {
  TestDevice device;
  const i64vec3 size(70, 45, 50);
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint8, size, kThreeLevels, noiseField);
  GpuScene scene(*device, volume);
  ViewRegion region = axisRegion(2, dvec3(size));
  // In voxels, whose centres are the integers: x 10 to 39, y 5 to 30, z 20 to 26.
  region.clip = clipHalfSpaces({.box = Box3{{9.5, 4.5, 19.5}, {39.5, 30.5, 26.5}}});
  DrawInput input = scene.input();
  input.regions = std::span(&region, 1);
  input.pinnedLevel = 0;
  const Rgba picture = scene.draw(input, region.sizePx);
  int wrong = 0;
  for (int y = 0; y < size.y; ++y)
    for (int x = 0; x < size.x; ++x) {
      double maximum = 0.0;
      for (int z = 20; z < 27 && x >= 10 && x < 40 && y >= 5 && y < 31; ++z)
        maximum = std::max(maximum, volume.voxel(0, {x, y, z}));
      wrong += picture.at(x, y)[0] != static_cast<int>(maximum);
    }
  CHECK(wrong == 0);
}
