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

TEST_CASE("light through a constant medium falls off exponentially") {
  TestDevice device;
  const i64vec3 size(40, 40, 64);
  const ArrayVolume volume =
      makeArrayVolume(VoxelType::uint8, size, kThreeLevels, [](const dvec3&) { return 255.0; });
  GpuScene scene(*device, volume);
  const int level = GENERATE(0, 1, 2);
  const double opacity = 0.02;  // of one unit of length
  const ViewRegion region = axisRegion(2, dvec3(size));
  DrawInput input = scene.input();
  input.regions = std::span(&region, 1);
  input.mode = RenderMode::dvr;
  input.pinnedLevel = level;
  input.transfer = makeTransferTable(TransferFunction{{{0.0, {1, 1, 1, opacity}}}});
  const Rgba picture = scene.draw(input, region.sizePx);
  const double expected = 255.0 * (1.0 - std::exp(std::log(1.0 - opacity) * 64.0));
  CHECK(std::abs(picture.at(20, 20)[0] - expected) <= 1.0);
}

TEST_CASE("a linear field is reproduced at every level and across bricks") {
  TestDevice device;
  const i64vec3 size(120, 80, 40);
  const ArrayVolume volume = makeArrayVolume(VoxelType::float32, size, kThreeLevels,
                                             [](const dvec3& p) { return 0.3 * p.x + 0.5 * p.y + 0.2 * p.z; });
  GpuScene scene(*device, volume);
  const int level = GENERATE(0, 1, 2);
  // A slice with pixels between the voxels of every level; not within the outermost voxels, which are constant there.
  ViewRegion region{.kind = RegionKind::slice, .sizePx = {110, 70}, .sliceAxis = 2};
  region.origin0 = dvec3(4.27, 3.83, 17.31);
  region.originDx = dvec3(1.01, 0, 0);
  region.originDy = dvec3(0, 1.02, 0);
  region.direction0 = dvec3(0, 0, 1);
  DrawInput input = scene.input();
  input.regions = std::span(&region, 1);
  input.pinnedLevel = level;
  input.range = {0, 90};
  const Rgba picture = scene.draw(input, region.sizePx);
  double worst = 0.0;
  for (int y = 0; y < region.sizePx.y; ++y)
    for (int x = 0; x < region.sizePx.x; ++x) {
      const dvec3 edge = region.originAt(dvec2(x, y) + 0.5) + 0.5;
      const double value = 0.3 * edge.x + 0.5 * edge.y + 0.2 * edge.z;
      worst = std::max(worst, std::abs(picture.at(x, y)[0] - 255.0 * value / 90.0));
    }
  CHECK(worst <= 1.0);
}

TEST_CASE("bricks of two levels side by side leave no hole and no seam in a smooth field") {
  TestDevice device;
  const i64vec3 size(128, 96, 64);
  const auto field = [](const dvec3& p) { return 60.0 + 0.8 * p.x + 0.3 * p.y; };
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint16, size, {dvec3(1), dvec3(2), dvec3(4)}, field);
  // Every other brick of the finest level is missing, in all directions.
  std::vector<BrickKey> keys;
  for (const BrickKey& key : allBricks(volume.pyramid))
    if (key.level > 0 || (key.brick.x + key.brick.y + key.brick.z) % 2 == 0) keys.push_back(key);
  GpuScene scene(*device, volume, keys);

  const int axis = GENERATE(1, 2);
  const ViewRegion region = axisRegion(axis, dvec3(size));
  DrawInput input = scene.input();
  input.regions = std::span(&region, 1);
  input.range = {0, 255};
  const Rgba picture = scene.draw(input, region.sizePx);
  writeTestPicture(picture, "mixed-" + std::to_string(axis));
  double worst = 0.0;
  const double yMax = axis == 1 ? 94.5 : -1.0;  // looking along y, the maximum is at its end
  for (int y = 2; y < region.sizePx.y - 2; ++y)
    for (int x = 2; x < region.sizePx.x - 2; ++x) {
      const dvec3 p(x + 0.5, yMax > 0 ? yMax : y + 0.5, 0);
      worst = std::max(worst, std::abs(picture.at(x, y)[0] - field(p)));
    }
  CHECK(worst <= 2.0);
}

TEST_CASE("where a brick is missing its finest ancestor is shown") {
  TestDevice device;
  const i64vec3 size(64, 64, 64);
  // Each level has a value of its own.
  ArrayVolume volume = makeArrayVolume(VoxelType::uint8, size, {dvec3(1), dvec3(2), dvec3(4)},
                                       [](const dvec3&) { return 0.0; });
  for (int level = 0; level < 3; ++level)
    std::ranges::fill(volume.levels[static_cast<std::size_t>(level)], 200.0 - 60.0 * level);
  std::vector<BrickKey> keys = {{.level = 2}, {.level = 1}, {.level = 0}, {.level = 0, .brick = {0, 1, 0}}};
  GpuScene scene(*device, volume, keys);

  ViewRegion region = axisRegion(2, dvec3(size));
  region.kind = RegionKind::slice;
  region.sliceAxis = 2;
  region.origin0.z = 10.0;
  DrawInput input = scene.input();
  input.regions = std::span(&region, 1);

  SECTION("by default") {
    const Rgba picture = scene.draw(input, region.sizePx);
    CHECK(picture.at(5, 5)[0] == 200);
    CHECK(picture.at(5, 40)[0] == 200);
    CHECK(picture.at(40, 5)[0] == 140);
    CHECK(picture.at(40, 40)[0] == 140);
  }
  SECTION("a pinned level shows that level or the coarsest") {
    input.pinnedLevel = 0;
    const Rgba picture = scene.draw(input, region.sizePx);
    CHECK(picture.at(5, 5)[0] == 200);
    CHECK(picture.at(40, 5)[0] == 80);
  }
}

TEST_CASE("with nothing resident the background is drawn") {
  TestDevice device;
  const ArrayVolume volume =
      makeArrayVolume(VoxelType::uint8, i64vec3(64), {dvec3(1), dvec3(2)}, [](const dvec3&) { return 255.0; });
  GpuScene scene(*device, volume, {});
  const auto kind = GENERATE(RegionKind::volume, RegionKind::slice);
  ViewRegion region = axisRegion(2, dvec3(64));
  region.kind = kind;
  DrawInput input = scene.input();
  input.regions = std::span(&region, 1);
  input.background = vec4(0.2f, 0.4f, 0.6f, 1.0f);
  const Rgba picture = scene.draw(input, region.sizePx);
  CHECK(picture.at(30, 30)[0] == 51);
  CHECK(picture.at(30, 30)[2] == 153);
}

TEST_CASE("a range upside down inverts, and an empty range is a threshold") {
  TestDevice device;
  const i64vec3 size(64, 4, 4);
  const ArrayVolume volume =
      makeArrayVolume(VoxelType::uint8, size, {dvec3(1)}, [](const dvec3& p) { return std::floor(p.x) * 4.0; });
  GpuScene scene(*device, volume);
  const ViewRegion region = axisRegion(2, dvec3(size));
  DrawInput input = scene.input();
  input.regions = std::span(&region, 1);
  input.range = {255, 0};
  CHECK(scene.draw(input, region.sizePx).at(10, 1)[0] == 255 - 40);
  input.range = {100, 100};
  const Rgba threshold = scene.draw(input, region.sizePx);
  CHECK(threshold.at(24, 1)[0] == 0);
  CHECK(threshold.at(26, 1)[0] == 255);
}

TEST_CASE("the shader filters as the sampler does where the device can't") {
  TestDevice device;
  const i64vec3 size(60, 40, 50);
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint16, size, {dvec3(1)}, [&](const dvec3& edge) {
    return 250.0 * blobField(dvec3(size))(edge);
  });
  GpuScene scene(*device, volume);
  const Camera camera = skewCamera(worldBox(volume.pyramid, dmat4(1.0)), Projection::perspective);
  const ViewRegion region = makeVolumeRegion(camera, ivec2(0), ivec2(64));
  DrawInput input = scene.input();
  input.regions = std::span(&region, 1);
  const Rgba bySampler = scene.draw(input, region.sizePx);
  scene.cache.filterInShader();
  const Rgba byShader = scene.draw(input, region.sizePx);
  int worst = 0;
  for (std::size_t i = 0; i < bySampler.bytes.size(); ++i)
    worst = std::max(worst, std::abs(int(bySampler.bytes[i]) - int(byShader.bytes[i])));
  CHECK(worst <= 1);
}
