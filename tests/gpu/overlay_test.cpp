#include "render/overlay.h"
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

Rgba drawLinesOnBlack(gpu::Device& device, const RegionLines& lines, const ivec2& sizePx) {
  gpu::FrameRing frames(device);
  Renderer renderer(device);
  Picture picture(device, sizePx);
  gpu::Frame& frame = frames.begin();
  renderer.clear(frame, picture, vec4(0, 0, 0, 1));
  renderer.drawLines(frame, picture, std::span(&lines, 1));
  frames.submit(frame);
  return {.sizePx = sizePx, .bytes = picture.readBack(device)};
}

int countLit(const Rgba& picture) {
  int lit = 0;
  for (std::size_t i = 0; i < picture.bytes.size(); i += 4)
    if (picture.bytes[i] || picture.bytes[i + 1] || picture.bytes[i + 2]) ++lit;
  return lit;
}

ViewRegion flatRegion(const ivec2& sizePx) {
  ViewRegion region{.kind = RegionKind::slice, .sizePx = sizePx, .sliceAxis = 2};
  region.origin0 = dvec3(-0.5, -0.5, 10.0);
  region.originDx = dvec3(1, 0, 0);
  region.originDy = dvec3(0, 1, 0);
  region.direction0 = dvec3(0, 0, 1);
  return region;
}

}  // namespace

TEST_CASE("clip space from world is the inverse of the region's rays") {
  Camera camera;
  camera.projection = GENERATE(Projection::perspective, Projection::orthographic);
  camera.position = dvec3(3, -8, 20);
  camera.worldFromCamera = glm::normalize(dquat(0.8, 0.3, -0.45, 0.2));
  camera.orthoHeightWorld = 30.0;
  const ViewRegion region = makeVolumeRegion(camera, ivec2(100, 50), ivec2(320, 200));
  const dmat4 clipFromWorldSpace = clipFromWorld(region);
  for (const dvec2 px : {dvec2(0, 0), dvec2(320, 0), dvec2(17.5, 141.25)})
    for (const double t : {0.5, 30.0}) {
      const dvec4 clip = clipFromWorldSpace * dvec4(region.originAt(px) + t * region.directionAt(px), 1.0);
      const dvec2 back = (dvec2(clip) / clip.w * 0.5 + 0.5) * dvec2(region.sizePx);
      CHECK(glm::length(back - px) < 1e-9);
      CHECK(std::abs(clip.z - t) < 1e-9);
    }
}

TEST_CASE("a line covers the pixels between its ends and no others") {
  TestDevice device;
  RegionLines lines{.region = flatRegion({40, 30})};
  lines.lines = {{.a = dvec3(5, 12, 10), .b = dvec3(30, 12, 10), .colour = vec4(0, 1, 0, 0.5)}};
  const Rgba picture = drawLinesOnBlack(*device, lines, {40, 30});
  CHECK(picture.at(17, 12)[1] == 128);
  CHECK(picture.at(17, 12)[0] == 0);
  CHECK(picture.at(17, 11)[1] == 0);
  CHECK(picture.at(17, 13)[1] == 0);
  CHECK(picture.at(3, 12)[1] == 0);
  CHECK(picture.at(32, 12)[1] == 0);
  CHECK(std::abs(countLit(picture) - 25) <= 1);
}

TEST_CASE("lines are cut at the region's edge and at the eye") {
  TestDevice device;
  Camera camera;  // at the origin, looking along z
  RegionLines lines{.region = makeVolumeRegion(camera, ivec2(20, 10), ivec2(30, 30))};
  // One line from behind the eye through the middle of the view to far ahead, and one across everything.
  lines.lines = {{.a = dvec3(0.5, 0.2, -10), .b = dvec3(0, 0.2, 20), .colour = vec4(1, 0, 0, 1)},
                 {.a = dvec3(-1000, 1, 5), .b = dvec3(1000, 1, 5), .colour = vec4(0, 1, 0, 1)}};
  const Rgba picture = drawLinesOnBlack(*device, lines, {70, 50});
  int outside = 0, green = 0, red = 0;
  for (int y = 0; y < 50; ++y)
    for (int x = 0; x < 70; ++x) {
      const std::uint8_t* pixel = picture.at(x, y);
      const bool inside = x >= 20 && x < 50 && y >= 10 && y < 40;
      if (!inside && (pixel[0] || pixel[1])) ++outside;
      green += pixel[1] > 0;
      red += pixel[0] > 0;
    }
  CHECK(outside == 0);
  CHECK(green >= 29);
  CHECK(red > 5);  // its visible part goes from the right edge to the middle
  CHECK(picture.at(21, 25)[0] == 0);
}

TEST_CASE("brick outlines on a slice are rectangles of the bricks that the plane cuts") {
  TestDevice device;
  const ArrayVolume volume =
      makeArrayVolume(VoxelType::uint8, i64vec3(96, 64, 64), {dvec3(1)}, [](const dvec3&) { return 0.0; });
  const std::vector<OverlayBrick> bricks = {{.level = 0, .brick = {0, 0, 0}, .state = BrickState::resident},
                                            {.level = 0, .brick = {1, 1, 0}, .state = BrickState::missing},
                                            {.level = 0, .brick = {2, 0, 0}, .state = BrickState::failed},
                                            {.level = 0, .brick = {1, 0, 1}, .state = BrickState::failed}};
  RegionLines lines{.region = flatRegion({96, 64})};
  lines.lines = makeBrickLines(lines.region, volume.pyramid, dmat4(1.0), bricks);
  CHECK(lines.lines.size() == 4 + 4 + 6);  // the last brick lies behind the plane
  const Rgba picture = drawLinesOnBlack(*device, lines, {96, 64});
  writeTestPicture(picture, "overlay-slice");
  // Left edges, in the middle of each brick's height; nothing inside but the failed one's cross.
  const auto near = [&](int x, int y, const vec4& colour) {
    for (int dx = -1; dx <= 1; ++dx) {
      const std::uint8_t* pixel = picture.at(std::clamp(x + dx, 0, 95), y);
      const vec3 expected = 255.0f * colour.a * vec3(colour);
      if (glm::length(vec3(pixel[0], pixel[1], pixel[2]) - expected) < 3.0f) return true;
    }
    return false;
  };
  CHECK(near(0, 16, levelColour(0)));
  CHECK(near(33, 48, overlayColour(bricks[1])));
  CHECK(near(64, 10, overlayColour(bricks[2])));
  CHECK(near(80, 16, overlayColour(bricks[2])));
  CHECK(picture.at(16, 16)[1] == 0);
  CHECK(picture.at(48, 10)[0] == 0);
}

TEST_CASE("a brick that is there, missing, failed or hidden has a colour of its own") {
  std::vector<vec4> colours;
  for (const BrickState state :
       {BrickState::resident, BrickState::missing, BrickState::unreached, BrickState::failed}) {
    colours.push_back(overlayColour({.level = 0, .brick = ivec3(0), .state = state}));
    for (std::size_t i = 0; i + 1 < colours.size(); ++i)
      CHECK(glm::distance(vec3(colours[i]), vec3(colours.back())) > 0.3f);
  }
}

TEST_CASE("brick outlines in a volume are boxes around the bricks") {
  const ArrayVolume volume =
      makeArrayVolume(VoxelType::uint8, i64vec3(96, 64, 40), {dvec3(1), dvec3(2)}, [](const dvec3&) { return 0.0; });
  ViewRegion region = axisRegion(2, dvec3(96, 64, 40));
  const OverlayBrick last{.level = 0, .brick = {2, 1, 1}, .state = BrickState::resident};
  const FrameVector<OverlayLine> box = makeBrickLines(region, volume.pyramid, dmat4(1.0), std::span(&last, 1));
  REQUIRE(box.size() == 12);
  dvec3 low(1e9), high(-1e9);
  for (const OverlayLine& line : box) {
    low = glm::min(low, glm::min(line.a, line.b));
    high = glm::max(high, glm::max(line.a, line.b));
  }
  // In voxel space the last brick spans [63.5, 95.5] x [31.5, 63.5] x [31.5, 39.5]; lines lie half a voxel inside.
  CHECK(low == dvec3(64, 32, 32));
  CHECK(high == dvec3(95, 63, 39));
  const OverlayBrick failed{.level = 1, .brick = {0, 0, 0}, .state = BrickState::failed};
  CHECK(makeBrickLines(region, volume.pyramid, dmat4(1.0), std::span(&failed, 1)).size() == 16);
}
