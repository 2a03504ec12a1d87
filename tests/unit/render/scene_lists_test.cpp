#include "render/scene_lists.h"
#include "pyramid/level_transform.h"

#include <catch2/catch_test_macros.hpp>
#include <glm/gtc/matrix_transform.hpp>

#include <algorithm>
#include <random>

using namespace volary;

namespace {

bool lists(const SceneLists& scene, const PixelRect& drawn, const ivec2& pixel, std::uint32_t image) {
  const auto tile = scene.ofTile((pixel - drawn.begin) / int(shared::kSceneTile));
  return std::ranges::find(tile, image) != tile.end();
}

}  // namespace

TEST_CASE("every image that a ray can meet is in its tile's list, in the order of the images") {
  const ImagePyramid pyramid{.levels = {{.sizeVoxels = {60, 40, 30}, .factor = dvec3(1), .chunkVoxels = ivec3(16)}}};
  std::mt19937 random(11);
  const auto uniform = [&](double low, double high) { return std::uniform_real_distribution(low, high)(random); };
  const auto rotation = [&] {
    return glm::normalize(dquat(uniform(-1, 1), uniform(-1, 1), uniform(-1, 1), uniform(-1, 1)));
  };
  int met = 0, skipped = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<DrawInput> images(8);
    for (DrawInput& image : images) {
      image.pyramid = &pyramid;
      image.worldFromVoxel =
          glm::translate(dmat4(1.0), dvec3(uniform(-200, 200), uniform(-200, 200), uniform(-200, 200))) *
          glm::mat4_cast(rotation());
    }
    Camera camera{.projection = round % 2 ? Projection::perspective : Projection::orthographic,
                  .position = dvec3(uniform(-250, 250), uniform(-250, 250), uniform(-250, 250)),
                  .worldFromCamera = rotation(),
                  .fovYRadians = uniform(0.3, 1.5),
                  .orthoHeightWorld = uniform(50, 500)};
    ViewRegion region = round % 5 ? makeVolumeRegion(camera, {7, 3}, {300, 200})
                                  : makeSliceRegion(0, camera.position, camera.right(), camera.down(), uniform(0.2, 2),
                                                    {7, 3}, {300, 200});
    // At a point on a thick plane, pixels show what lies up to half the thickness away.
    if (round % 3 == 0 && region.kind == RegionKind::volume) region.slabWorld = uniform(0, 100);
    const PixelRect drawn{{20, 10}, {280, 190}};
    const SceneLists scene = makeSceneLists(region, drawn, images);
    for (int sample = 0; sample < 300; ++sample) {
      // A point of an image, where it is on the screen.
      const auto index = static_cast<std::uint32_t>(uniform(0, 8));
      const dvec3 world = transformPoint(worldFromEdge(images[index].worldFromVoxel),
                                         dvec3(uniform(0, 60), uniform(0, 40), uniform(0, 30))) +
                          rotation() * dvec3(uniform(-0.5, 0.5) * region.slabWorld, 0, 0);
      const dvec4 clip = clipFromWorld(region) * dvec4(world, 1.0);
      if (clip.w <= 0.0 || (region.kind == RegionKind::volume && clip.z < 0.0)) continue;
      if (region.kind == RegionKind::slice && std::abs(glm::dot(world - region.origin0, region.direction0)) > 0.01)
        continue;
      const ivec2 pixel =
          region.offsetPx + ivec2(glm::floor((dvec2(clip) / clip.w + 1.0) * 0.5 * dvec2(region.sizePx)));
      if (glm::any(glm::lessThan(pixel, drawn.begin)) || glm::any(glm::greaterThanEqual(pixel, drawn.end))) continue;
      ++met;
      CHECK(lists(scene, drawn, pixel, index));
    }
    for (int y = 0; y < 6; ++y)
      for (int x = 0; x < 9; ++x) {
        const auto tile = scene.ofTile({x, y});
        CHECK(std::ranges::is_sorted(tile));
        skipped += 8 - static_cast<int>(tile.size());
      }
  }
  CHECK(met > 1000);
  // The lists do leave images out.
  CHECK(skipped > 200 * 54 * 4);
}
