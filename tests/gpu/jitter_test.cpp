#include "gpu/fields.h"
#include "pyramid/level_transform.h"
#include "shared/draw.h"
#include "support/gpu/gpu_device.h"
#include "support/gpu/gpu_picture.h"
#include "support/oracles/cpu_ray_marcher.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <set>

using namespace volary;
using namespace volary::test;

namespace {

constexpr int kSize = static_cast<int>(shared::kNoiseSize);

/// The average power of the waves that repeat up to `most` times along each axis of the tile, without the mean.
double lowPower(const std::vector<float>& noise, int most) {
  double power = 0.0;
  int count = 0;
  for (int v = -most; v <= most; ++v)
    for (int u = 0; u <= most; ++u) {
      if (u == 0 && v == 0) continue;
      std::complex<double> sum;
      for (int y = 0; y < kSize; ++y)
        for (int x = 0; x < kSize; ++x)
          sum += double(noise[static_cast<std::size_t>(y * kSize + x)]) *
                 std::polar(1.0, -2.0 * std::numbers::pi * (u * x + v * y) / kSize);
      power += std::norm(sum);
      ++count;
    }
  return power / count;
}

/// Adds up `count` pictures, and compares them with the same sum by the reference renderer.
Difference drawBoth(GpuScene& scene, const ReferenceInput& reference, int count) {
  const ivec2 size = reference.region.sizePx;
  const JitterBuffers buffers(scene.device, size);
  Picture picture(scene.device, size);
  const std::vector<float> noise = makeBlueNoise();
  std::vector<dvec4> mean(static_cast<std::size_t>(size.x) * static_cast<std::size_t>(size.y));
  for (int i = 0; i < count; ++i) {
    DrawInput input = scene.input();
    input.regions = std::span(&reference.region, 1);
    input.range = reference.range;
    input.mode = reference.mode;
    input.transfer = makeTransferTable(reference.transfer);
    input.opacityUnitWorld = reference.opacityUnitWorld;
    input.pinnedLevel = reference.level;
    input.jitter = Jitter{.picture = i, .pictures = count, .buffers = &buffers};
    // In two halves, like a picture that is sharpened row by row.
    for (int half = 0; half < 2; ++half) {
      gpu::Frame& frame = scene.frames.begin();
      input.onlyPx = PixelRect{{0, half == 0 ? 0 : 40}, {size.x, half == 0 ? 40 : size.y}};
      scene.renderer.draw(frame, scene.cache, picture, input);
      scene.frames.submit(frame);
    }
    ReferenceInput one = reference;
    one.phase = [&](const ivec2& px) {
      const double phase = noise[static_cast<std::size_t>(px.y % kSize * kSize + px.x % kSize)] + phaseShift(i, count);
      return phase - std::floor(phase);
    };
    const std::vector<dvec4> expected = drawReference(one);
    for (std::size_t p = 0; p < mean.size(); ++p) mean[p] += glm::clamp(expected[p], 0.0, 1.0) / double(count);
  }
  return compare({.sizePx = size, .bytes = picture.readBack(scene.device)}, mean);
}

}  // namespace

TEST_CASE("blue noise has every number once, and next to nothing that changes slowly") {
  std::vector<float> noise = makeBlueNoise();
  REQUIRE(noise.size() == std::size_t{kSize} * kSize);
  // White noise, the same numbers in any order, has this power: their variance for each of them.
  const double n = double(noise.size());
  const double white = n * (1.0 - 1.0 / (n * n)) / 12.0;
  CHECK(lowPower(noise, 8) < 0.02 * white);
  std::ranges::sort(noise);
  for (std::size_t i = 0; i < noise.size(); ++i) REQUIRE(noise[i] == (float(i) + 0.5f) / float(n));
}

TEST_CASE("the phases of several pictures are all of their multiples, those that follow each other far apart") {
  for (int pictures = 1; pictures <= View::kMostJitter; ++pictures) {
    std::set<double> shifts;
    for (int i = 0; i < pictures; ++i) shifts.insert(phaseShift(i, pictures) * pictures);
    REQUIRE(static_cast<int>(shifts.size()) == pictures);
    REQUIRE((*shifts.begin() == 0.0 && *shifts.rbegin() == pictures - 1));
    if (pictures < 5) continue;
    for (int i = 1; i < pictures; ++i) {
      const double apart = std::abs(phaseShift(i, pictures) - phaseShift(i - 1, pictures));
      REQUIRE(std::min(apart, 1.0 - apart) > 0.16);
    }
  }
}

TEST_CASE("the mean of jittered pictures is that of the reference's, picture by picture") {
  TestDevice device;
  const i64vec3 size(90, 70, 60);
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint8, size, {dvec3(1), dvec3(2)}, blobField(dvec3(size)));
  GpuScene scene(*device, volume);
  const auto mode = GENERATE(RenderMode::dvr, RenderMode::average, RenderMode::sum);
  const auto projection = GENERATE(Projection::orthographic, Projection::perspective);
  const Camera camera = skewCamera(worldBox(volume.pyramid, dmat4(1.0)), projection);
  const Difference difference = drawBoth(scene,
                                         {.volume = &volume,
                                          .level = 1,
                                          .region = makeVolumeRegion(camera, ivec2(0), ivec2(90)),
                                          .range = {0, 255},
                                          .mode = mode,
                                          .transfer = makeGreyRamp(0.3)},
                                         7);
  CAPTURE(int(mode), difference.worst, difference.rmse);
  CHECK(difference.worst <= 1);
  CHECK(difference.rmse <= 0.4);
}

TEST_CASE("a mean of jittered pictures with few samples shows what many samples show, and one picture does not") {
  TestDevice device;
  const i64vec3 size(64, 64, 64);
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint8, size, {dvec3(1)}, noiseField);
  GpuScene scene(*device, volume);
  ReferenceInput fine{
      .volume = &volume,
      .region = makeVolumeRegion(skewCamera(worldBox(volume.pyramid, dmat4(1.0)), Projection::perspective), ivec2(0),
                                 ivec2(80)),
      .range = {0, 255},
      .mode = RenderMode::sum,
      .samplesPerVoxel = 32};
  const std::vector<dvec4> expected = drawReference(fine);
  const JitterBuffers buffers(*device, ivec2(80));
  Picture picture(*device, ivec2(80));
  DrawInput input = scene.input();
  input.regions = std::span(&fine.region, 1);
  input.range = fine.range;
  input.mode = fine.mode;
  input.opacityUnitWorld = 1.0;
  const Difference one = compare(scene.draw(input, ivec2(80)), expected);
  for (int i = 0; i < 16; ++i) {
    input.jitter = Jitter{.picture = i, .pictures = 16, .buffers = &buffers};
    gpu::Frame& frame = scene.frames.begin();
    scene.renderer.draw(frame, scene.cache, picture, input);
    scene.frames.submit(frame);
  }
  const Difference mean = compare({.sizePx = ivec2(80), .bytes = picture.readBack(*device)}, expected);
  CAPTURE(one.worst, one.rmse, mean.worst, mean.rmse);
  CHECK(mean.worst <= 1);
  CHECK(mean.rmse < 0.35);
  CHECK(one.rmse > 2.0 * mean.rmse);
}
