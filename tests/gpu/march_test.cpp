#include "gpu/fields.h"
#include "support/gpu/gpu_device.h"
#include "support/gpu/gpu_picture.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cmath>

using namespace volary;
using namespace volary::test;

namespace {

const std::vector<dvec3> kThreeLevels = {dvec3(1), dvec3(2), dvec3(4, 4, 2)};

}  // namespace

TEST_CASE("light through a constant medium falls off exponentially") {
  TestDevice device;
  const i64vec3 size(40, 40, 64);
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint8, size, kThreeLevels, [](const dvec3&) { return 255.0; });
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
  ArrayVolume volume =
      makeArrayVolume(VoxelType::uint8, size, {dvec3(1), dvec3(2), dvec3(4)}, [](const dvec3&) { return 0.0; });
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
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint16, size, {dvec3(1)},
                                             [&](const dvec3& edge) { return 250.0 * blobField(dvec3(size))(edge); });
  const Camera camera = skewCamera(Box3{dvec3(0), dvec3(size)}, Projection::perspective);
  const ViewRegion region = makeVolumeRegion(camera, ivec2(0), ivec2(64));
  const auto drawWith = [&](Filtering filtering) {
    GpuScene scene(*device, volume, allBricks(volume.pyramid), filtering);
    DrawInput input = scene.input();
    input.regions = std::span(&region, 1);
    return scene.draw(input, region.sizePx);
  };
  const Rgba bySampler = drawWith(Filtering::sampler);
  const Rgba byShader = drawWith(Filtering::shader);
  int worst = 0;
  for (std::size_t i = 0; i < bySampler.bytes.size(); ++i)
    worst = std::max(worst, std::abs(int(bySampler.bytes[i]) - int(byShader.bytes[i])));
  CHECK(worst <= 1);
}
