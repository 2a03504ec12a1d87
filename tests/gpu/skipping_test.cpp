#include "gpu/fields.h"
#include "pyramid/level_transform.h"
#include "support/gpu/gpu_device.h"
#include "support/gpu/gpu_picture.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <glm/gtc/matrix_transform.hpp>

#include <algorithm>
#include <cmath>

using namespace volary;
using namespace volary::test;

namespace {

/// Small bright balls in weak noise, as in fluorescence: most of the volume is background.
double sparseField(const dvec3& edge) {
  const dvec3 cell = glm::floor(edge / 24.0);
  const double centre = 6.0 + noiseField(cell) / 255.0 * 12.0;
  const double distance = glm::length(edge - cell * 24.0 - centre);
  const double ball = noiseField(cell + 100.0) > 128.0 ? 200.0 * std::exp(-0.1 * distance * distance) : 0.0;
  return 10.0 + noiseField(edge) * 0.04 + ball;
}

/// Samples of all rays of a picture that counts them.
std::uint64_t samplesOf(const Rgba& counts) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < counts.bytes.size(); i += 4)
    sum += counts.bytes[i] + 256u * counts.bytes[i + 1] + 65536u * counts.bytes[i + 2];
  return sum;
}

std::uint64_t countSamples(GpuScene& scene, DrawInput input, const ivec2& sizePx, Skipping skipping) {
  input.skipping = skipping;
  input.meaning = PixelMeaning::sampleCount;
  return samplesOf(scene.draw(input, sizePx));
}

}  // namespace

TEST_CASE("what is skipped changes no byte of the picture") {
  TestDevice device;
  const i64vec3 size(100, 90, 77);
  // A parallel ray shows one level. Only one unusual thing is tried at a time.
  const auto [type, projection, mixesLevels] =
      GENERATE(table<VoxelType, Projection, bool>({{VoxelType::uint8, Projection::orthographic, false},
                                                   {VoxelType::uint8, Projection::perspective, false},
                                                   {VoxelType::uint8, Projection::perspective, true},
                                                   {VoxelType::int16, Projection::orthographic, false},
                                                   {VoxelType::int16, Projection::perspective, false},
                                                   {VoxelType::float32, Projection::orthographic, false},
                                                   {VoxelType::float32, Projection::perspective, false}}));
  const ArrayVolume volume = makeArrayVolume(type, size, {dvec3(1), dvec3(2), dvec3(4, 4, 2)}, sparseField);
  // Here and there the finest level is missing, or its parent too.
  std::vector<BrickKey> keys;
  for (const BrickKey& key : allBricks(volume.pyramid))
    if (key.level == 2 || (key.level == 1 && key.brick != ivec3(0)) ||
        (key.level == 0 && (key.brick.x + key.brick.y + key.brick.z) % 3 != 0))
      keys.push_back(key);
  GpuScene scene(*device, volume, keys, type == VoxelType::int16 ? Filtering::sampler : Filtering::shader);
  const dmat4 worldFromVoxel = glm::scale(dmat4(1.0), dvec3(0.5, 0.5, 0.8));
  const Camera camera = skewCamera(worldBox(volume.pyramid, worldFromVoxel), projection);
  const std::vector<ViewRegion> regions = {projection == Projection::perspective
                                               ? makeVolumeRegion(camera, ivec2(0), ivec2(60))
                                               : cropRegion(axisRegion(2, dvec3(size)), {20, 0}, {80, 60})};
  const ivec2 sizePx = regions[0].sizePx;
  // From the middle on, level 1 is fine enough.
  const dmat4 shownAt = projection == Projection::perspective ? worldFromVoxel : dmat4(1.0);
  const DetailRule detail{.pixelsPerVoxel = 2.0 * glm::length(dvec3(shownAt[2])) *
                                            pixelsPerWorld(regions[0], worldBox(volume.pyramid, shownAt).centre())};

  for (const RenderModeInfo& mode : kRenderModes)
    for (const auto interpolation : {Interpolation::trilinear, Interpolation::nearest})
      for (const ValueRange& range : {ValueRange{20, 210}, ValueRange{150, 5}}) {
        // One unusual thing at a time.
        if ((interpolation == Interpolation::nearest) + (range.min > range.max) + mixesLevels > 1) continue;
        DrawInput input = scene.input();
        input.regions = regions;
        input.worldFromVoxel = shownAt;
        if (mixesLevels) input.detail = detail;
        input.range = range;
        input.mode = mode.mode;
        input.interpolation = interpolation;
        input.samplesPerVoxel = mixesLevels ? 2 : 1;
        input.isoValue = 80.0;
        input.transfer = makeTransferTable(TransferFunction{
            {{0.0, {0, 0, 0, 0}}, {0.2, {0.3, 0.2, 0.1, 0.0}}, {0.5, {0.9, 0.2, 0.1, 0.05}}, {1.0, {1, 1, 0.8, 0.4}}}});
        input.lighting = range.min < range.max ? Lighting::on : Lighting::off;
        // A negative, and so sharp that its steps are integrated.
        if (range.min > range.max)
          input.transfer = makeTransferTable(
              TransferFunction{{{0.28, {1, 1, 1, 0}}, {0.3, {1, 1, 0.5, 0.5}}, {0.32, {1, 1, 1, 0}}}});
        input.skipping = Skipping::off;
        const Rgba whole = scene.draw(input, sizePx);
        input.skipping = Skipping::on;
        const Rgba skipped = scene.draw(input, sizePx);
        CAPTURE(mode.id, int(type), int(projection), int(interpolation), range.min, mixesLevels);
        CHECK(skipped.bytes == whole.bytes);
        const std::uint64_t all = countSamples(scene, input, sizePx, Skipping::off);
        const std::uint64_t taken = countSamples(scene, input, sizePx, Skipping::on);
        CHECK(taken <= all);
        // Where the background is black, or brighter values are looked for, most is skipped.
        const bool sparse = range.min < range.max && (mode.mode == RenderMode::dvr || mode.mode == RenderMode::iso ||
                                                      mode.mode == RenderMode::first);
        if (sparse) CHECK(double(taken) < 0.7 * double(all));
        // Coarser levels have fewer samples in a cell, and not as many cells without a bright voxel.
        if (range.min < range.max && mode.mode == RenderMode::mip)
          CHECK(double(taken) < (mixesLevels ? 1.0 : 0.95) * double(all));
        if (mode.mode == RenderMode::average) CHECK(taken == all);
      }
}

TEST_CASE("no voxel is skipped that a sample beside its cell reads") {
  TestDevice device;
  const i64vec3 size(96, 64, 64);
  // Voxels without any neighbour, at all places in a cell.
  const auto points = [](const dvec3& edge) {
    const dvec3 voxel = glm::floor(edge);
    return noiseField(voxel) > 250.0 && noiseField(voxel + 100.0) > 250.0 ? 250.0 : 0.0;
  };
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint8, size, {dvec3(1)}, points);
  GpuScene scene(*device, volume, allBricks(volume.pyramid), Filtering::shader);
  // Nearly along an axis, samples reach farthest along it and enter bricks anywhere.
  const int axis = GENERATE(0, 2);
  const double angle = GENERATE(0.0, 0.08, 0.2, 0.6);
  const dvec3 centre = dvec3(size) / 2.0 - 0.5;
  const dmat4 turn = glm::translate(dmat4(1.0), centre) *
                     glm::rotate(dmat4(1.0), angle, glm::normalize(dvec3(1, 0.7, 0.4))) *
                     glm::translate(dmat4(1.0), -centre);
  const std::vector<ViewRegion> regions = {axisRegion(axis, dvec3(size))};
  for (const RenderMode mode : {RenderMode::mip, RenderMode::dvr, RenderMode::iso})
    for (const double narrow : {0.0, 0.01}) {
      if (narrow > 0.0 && mode != RenderMode::dvr) continue;
      DrawInput input = scene.input();
      input.regions = regions;
      input.worldFromVoxel = turn;
      input.range = ValueRange{0, 255};
      input.mode = mode;
      input.samplesPerVoxel = 1;
      input.isoValue = 30.0;
      const TransferFunction peak{
          {{0.2, {1, 1, 1, 0}}, {0.2 + narrow, {1, 1, 1, 0.9}}, {0.2 + 2.0 * narrow, {1, 1, 1, 0}}}};
      const TransferFunction ramp{{{0.01, {1, 1, 1, 0}}, {1.0, {1, 1, 1, 0.5}}}};
      input.transfer = makeTransferTable(narrow > 0.0 ? peak : ramp);
      input.skipping = Skipping::off;
      const Rgba whole = scene.draw(input, regions[0].sizePx);
      input.skipping = Skipping::on;
      CAPTURE(int(mode), axis, angle, narrow);
      CHECK(scene.draw(input, regions[0].sizePx).bytes == whole.bytes);
      const std::uint64_t all = countSamples(scene, input, regions[0].sizePx, Skipping::off);
      CHECK(double(countSamples(scene, input, regions[0].sizePx, Skipping::on)) < 0.8 * double(all));
    }
}

TEST_CASE("what the transfer function makes visible is seen in the same frame") {
  TestDevice device;
  const i64vec3 size(64, 64, 64);
  const ArrayVolume volume =
      makeArrayVolume(VoxelType::uint8, size, {dvec3(1)}, [](const dvec3& p) { return std::floor(p.x / 16.0) * 60.0; });
  GpuScene scene(*device, volume);
  const ViewRegion region = axisRegion(2, dvec3(size));
  DrawInput input = scene.input();
  input.regions = std::span(&region, 1);
  input.mode = RenderMode::dvr;
  // One value after the other is opaque, by a peak of two entries' width.
  for (int shown = 0; shown < 4; ++shown) {
    const double at = shown * 60.0 / 255.0, width = 1.0 / 255.0;
    TransferFunction transfer;
    if (shown > 0) transfer.points.push_back({at - width, {1, 1, 1, 0}});
    transfer.points.push_back({at, {1, 1, 1, 1}});
    transfer.points.push_back({at + width, {1, 1, 1, 0}});
    input.transfer = makeTransferTable(transfer);
    const Rgba picture = scene.draw(input, region.sizePx);
    for (int stripe = 0; stripe < 4; ++stripe) {
      CAPTURE(shown, stripe);
      CHECK(picture.at(16 * stripe + 8, 30)[0] == (stripe == shown ? 255 : 0));
    }
  }
}
