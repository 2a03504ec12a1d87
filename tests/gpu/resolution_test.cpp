// How much coarser than wanted pixels are: what they report and how they are tinted, against the bricks that are there.
#include "fields.h"
#include "support/gpu/gpu_device.h"
#include "support/gpu/gpu_picture.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

using namespace volary;
using namespace volary::test;

namespace {

const i64vec3 kSize(160, 96, 96);
const std::vector<dvec3> kFactors = {dvec3(1), dvec3(2), dvec3(4)};

/// Where a column of 32 x 32 voxels is bright, along z, for 8 voxels: in one brick of each level.
int brightBegin(int x, int y) { return 8 * ((x / 32 * 5 + y / 32 * 7) % 12); }

double slabField(const dvec3& edge) {
  const int begin = brightBegin(static_cast<int>(edge.x), static_cast<int>(edge.y));
  return edge.z >= begin && edge.z < begin + 8 ? 200.0 : 10.0;
}

/// Some of the bricks: level 1 lacks those of its right half, and level 0 has every third.
bool isResident(const BrickKey& key) {
  return key.level == 2 || (key.level == 1 && key.brick.x == 0) ||
         (key.level == 0 && (key.brick.x + key.brick.y + key.brick.z) % 3 == 0);
}

struct Bricks {
  std::vector<BrickKey> resident, ghosts;
};

Bricks chooseBricks(const ImagePyramid& pyramid) {
  Bricks bricks;
  for (const BrickKey& key : allBricks(pyramid)) (isResident(key) ? bricks.resident : bricks.ghosts).push_back(key);
  return bricks;
}

/// How many levels coarser than level 0 a voxel is shown.
std::uint32_t lackAt(int x, int y, int z) {
  for (int level = 0; level < 3; ++level)
    if (isResident({.level = level, .brick = ivec3(x, y, z) / (32 << level)})) return static_cast<std::uint32_t>(level);
  return 3;
}

struct Drawn {
  Rgba picture;
  FrameFeedback told;
};

Drawn draw(GpuScene& scene, const Bricks& bricks, DrawInput input, const ivec2& sizePx) {
  const PageTableImage image{.pyramid = &scene.volume.pyramid};
  std::vector<ResidentBrick> resident;
  for (const BrickKey& key : bricks.resident) resident.push_back({key, static_cast<std::uint32_t>(resident.size())});
  FeedbackBuffer feedback(scene.device);
  Picture picture(scene.device, sizePx);
  gpu::Frame& frame = scene.frames.begin();
  scene.cache.setPageTable(frame, makePageTable(std::span(&image, 1), resident, bricks.ghosts));
  feedback.begin(frame, static_cast<std::uint32_t>(bricks.ghosts.size()));
  input.feedback = &feedback;
  scene.renderer.draw(frame, scene.cache, picture, input);
  feedback.end(frame);
  CHECK(!feedback.take());  // it has not run
  scene.frames.submit(frame);
  Drawn drawn{.picture = {.sizePx = sizePx, .bytes = picture.readBack(scene.device)}, .told = {}};
  auto told = feedback.take();
  REQUIRE(told);
  CHECK((!feedback.take() && feedback.pending() == 0));
  drawn.told = std::move(*told);
  return drawn;
}

std::array<int, 3> tinted(const std::uint8_t* pixel, std::uint32_t lack) {
  const vec3 colour = vec3(pixel[0], pixel[1], pixel[2]) / 255.0f;
  const float light = glm::dot(colour, vec3(0.2126f, 0.7152f, 0.0722f));
  const vec3 shown = lack == 0 ? colour : glm::mix(colour, shared::resolutionTint(lack) * (0.3f + 0.7f * light), 0.8f);
  return {static_cast<int>(std::lround(255 * shown.r)), static_cast<int>(std::lround(255 * shown.g)),
          static_cast<int>(std::lround(255 * shown.b))};
}

/// Draws the volume along z with and without the tint, and compares; `zOf` gives the z that decides a pixel.
template <typename ZOf>
void checkPicture(GpuScene& scene, const Bricks& bricks, DrawInput input, const ViewRegion& region, ZOf&& zOf) {
  input.regions = std::span(&region, 1);
  const ivec2 size = region.sizePx;
  const Drawn plain = draw(scene, bricks, input, size);
  CHECK(plain.told.pixels == PixelsByResolution{});
  input.countsPixels = input.tintsPixels = true;
  const Drawn drawn = draw(scene, bricks, input, size);
  PixelsByResolution expected{};
  int wrong = 0;
  for (int y = 0; y < size.y; ++y)
    for (int x = 0; x < size.x; ++x) {
      const std::uint32_t lack = lackAt(x, y, zOf(x, y));
      ++expected[lack];
      const std::array<int, 3> colour = tinted(plain.picture.at(x, y), lack);
      for (int c = 0; c < 3; ++c)
        wrong += std::abs(drawn.picture.at(x, y)[c] - colour[static_cast<std::size_t>(c)]) > 1;
    }
  CHECK(drawn.told.pixels == expected);
  CHECK(wrong == 0);
  // All three kinds are there.
  CHECK((expected[0] > 0 && expected[1] > 0 && expected[2] > 0));
}

}  // namespace

TEST_CASE("each pixel tells how much coarser than wanted the sample is that decides it") {
  TestDevice device;
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint8, kSize, kFactors, slabField);
  const Bricks bricks = chooseBricks(volume.pyramid);
  GpuScene scene(*device, volume, bricks.resident);
  DrawInput input = scene.input();
  input.interpolation = Interpolation::nearest;
  input.isoValue = 100.0;
  input.transfer = makeTransferTable(TransferFunction{{{0.3, {1, 1, 1, 0}}, {0.4, {1, 1, 1, 0.3}}}});
  for (const RenderMode mode :
       {RenderMode::mip, RenderMode::iso, RenderMode::first, RenderMode::dvr, RenderMode::average})
    for (const Skipping skipping : {Skipping::on, Skipping::off}) {
      CAPTURE(int(mode), int(skipping));
      input.mode = mode;
      input.skipping = skipping;
      // The first sample of a mean is the first that counts.
      checkPicture(scene, bricks, input, axisRegion(2, dvec3(kSize)),
                   [&](int x, int y) { return mode == RenderMode::average ? 0 : brightBegin(x, y); });
    }
}

TEST_CASE("a slice's pixels tell how much coarser than wanted they are") {
  TestDevice device;
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint8, kSize, kFactors, noiseField);
  const Bricks bricks = chooseBricks(volume.pyramid);
  GpuScene scene(*device, volume, bricks.resident);
  ViewRegion region = axisRegion(2, dvec3(kSize));
  region.kind = RegionKind::slice;
  region.sliceAxis = 2;
  for (const int z : {7, 40, 95}) {
    region.origin0.z = z;
    DrawInput input = scene.input();
    input.interpolation = Interpolation::nearest;
    checkPicture(scene, bricks, input, region, [&](int, int) { return z; });
  }
}

TEST_CASE("rays mark the ghosts that they come to before they are done, and no others") {
  TestDevice device;
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint8, kSize, kFactors, slabField);
  const Bricks bricks = chooseBricks(volume.pyramid);
  GpuScene scene(*device, volume, bricks.resident);
  const ViewRegion region = axisRegion(2, dvec3(kSize));
  DrawInput input = scene.input();
  input.regions = std::span(&region, 1);
  input.isoValue = 100.0;
  input.interpolation = Interpolation::nearest;
  input.marksGhosts = true;
  for (const RenderMode mode : {RenderMode::iso, RenderMode::average}) {
    input.mode = mode;
    const FrameFeedback told = draw(scene, bricks, input, region.sizePx).told;
    std::set<std::tuple<int, int, int>> marked, expected;
    for (const std::uint32_t i : told.ghosts) {
      const BrickKey& key = bricks.ghosts.at(i);
      CHECK(key.level == 0);  // all of level 0 is wanted: nothing else is a page
      marked.insert({key.brick.x, key.brick.y, key.brick.z});
    }
    for (const BrickKey& key : bricks.ghosts) {
      const int end = mode == RenderMode::iso ? brightBegin(32 * key.brick.x, 32 * key.brick.y) / 32 : 2;
      if (key.level == 0 && key.brick.z <= end) expected.insert({key.brick.x, key.brick.y, key.brick.z});
    }
    CHECK(marked == expected);
  }
}

TEST_CASE("a preview, which shows coarser levels, finds the ghosts of the picture's own") {
  TestDevice device;
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint8, kSize, kFactors, slabField);
  Bricks bricks;
  for (const BrickKey& key : allBricks(volume.pyramid))
    if (key.level == 2)
      bricks.resident.push_back(key);
    else if (key.level == 0)
      bricks.ghosts.push_back(key);
  GpuScene scene(*device, volume, bricks.resident);
  const ViewRegion region = resampleRegion(axisRegion(2, dvec3(kSize)), ivec2(0), {40, 24});
  DrawInput input = scene.input();
  input.regions = std::span(&region, 1);
  input.mode = RenderMode::average;
  input.detail = DetailRule{};  // level 2 is enough
  input.marksGhosts = true;
  CHECK(draw(scene, bricks, input, region.sizePx).told.ghosts.empty());
  input.findsFinerGhosts = true;
  input.countsPixels = true;
  const FrameFeedback told = draw(scene, bricks, input, region.sizePx).told;
  CHECK(told.ghosts.size() == bricks.ghosts.size());
  CHECK(told.pixels == PixelsByResolution{});  // they are not the picture's
}
