// Cameras, and the regions of a picture with their rays.
#include "scene/region.h"
#include "pyramid/level_transform.h"
#include "scene/view.h"
#include "support/fakes/one_image.h"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <glm/gtc/matrix_transform.hpp>

#include <algorithm>
#include <cmath>
#include <random>

using namespace volary;
using namespace volary::test;

namespace {

bool inside(const std::array<dvec4, 6>& planes, const dvec3& world, double tolerance = 1e-9) {
  for (const dvec4& plane : planes)
    if (glm::dot(dvec3(plane), world) + plane.w < -tolerance) return false;
  return true;
}

bool near(const dvec3& a, const dvec3& b, double tolerance = 1e-9) { return glm::length(a - b) <= tolerance; }

Camera someCamera(Projection projection) {
  Camera camera{.projection = projection, .position = {3, -2, 7}, .orthoHeightWorld = 5.0, .pivotDistance = 4.0};
  return look(camera, 0.7, -0.4, 0.2);
}

}  // namespace

TEST_CASE("an unturned camera sees x to the right and y downwards") {
  for (Projection projection : {Projection::perspective, Projection::orthographic}) {
    const Camera camera{.projection = projection, .orthoHeightWorld = 2.0};
    const ViewRegion region = makeVolumeRegion(camera, ivec2(0), {200, 100});
    const auto at = [&](double x, double y) { return region.originAt({x, y}) + 10.0 * region.directionAt({x, y}); };
    CHECK(near(at(100, 50), {0, 0, 10}));
    CHECK(at(150, 50).x > 0.0);
    CHECK(at(100, 80).y > 0.0);
  }
}

TEST_CASE("the planes of a region hold its rays and nothing beside them") {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  for (Projection projection : {Projection::perspective, Projection::orthographic}) {
    const ViewRegion whole = makeVolumeRegion(someCamera(projection), ivec2(0), {320, 200});
    for (const ViewRegion& region :
         {whole, cropRegion(whole, {10, 20}, {90, 60}), resampleRegion(whole, ivec2(0), {77, 31})}) {
      const auto planes = regionPlanes(region);
      for (int i = 0; i < 200; ++i) {
        const dvec2 px = dvec2(unit(random), unit(random)) * dvec2(region.sizePx);
        const double depth = 20.0 * unit(random) + 0.01;
        CHECK(inside(planes, region.originAt(px) + depth * region.directionAt(px)));
        const dvec2 out = dvec2(-1.0 - px.x, px.y);
        CHECK(!inside(planes, region.originAt(out) + depth * region.directionAt(out)));
        CHECK(!inside(planes, region.originAt(px) - depth * region.directionAt(px)));
      }
    }
  }
}

TEST_CASE("a cropped region has the same rays") {
  const ViewRegion whole = makeVolumeRegion(someCamera(Projection::perspective), {5, 6}, {320, 200});
  const ViewRegion part = cropRegion(whole, {100, 50}, {200, 80});
  CHECK(part.offsetPx == ivec2(105, 56));
  CHECK(part.sizePx == ivec2(100, 30));
  CHECK(near(part.directionAt({3.5, 4.5}), whole.directionAt({103.5, 54.5})));
}

TEST_CASE("a slice region has no thickness") {
  const ViewRegion slice = makeSliceRegion(2, {1, 2, 3}, {1, 0, 0}, {0, 1, 0}, 0.5, ivec2(0), {10, 10});
  const auto planes = regionPlanes(slice);
  CHECK(inside(planes, {1, 2, 3}));
  CHECK(inside(planes, {3.4, 4.4, 3}));
  CHECK(!inside(planes, {1, 2, 3.001}));
  CHECK(!inside(planes, {1, 2, 2.999}));
  CHECK(!inside(planes, {3.6, 2, 3}));
  CHECK(pixelsPerWorld(slice, {0, 0, 0}) == 2.0);
}

TEST_CASE("pixels per world unit fall with the depth alone") {
  const ViewRegion region = makeVolumeRegion(Camera{.fovYRadians = 2.0 * std::atan(0.5)}, ivec2(0), {400, 100});
  CHECK(pixelsPerWorld(region, {0, 0, 10}) == Catch::Approx(10.0));
  CHECK(pixelsPerWorld(region, {7, -3, 10}) == Catch::Approx(10.0));
  CHECK(pixelsPerWorld(region, {0, 0, 100}) == Catch::Approx(1.0));
  CHECK(std::isinf(pixelsPerWorld(region, {0, 0, -1})));
}

TEST_CASE("a fitted camera sees every corner of the box") {
  const Box3 box{.min = {-3, 10, 100}, .max = {50, 20, 180}};
  for (Projection projection : {Projection::perspective, Projection::orthographic})
    for (double yaw : {0.0, 1.0, 2.5}) {
      const Camera camera = makeCameraFor(box, glm::angleAxis(yaw, glm::normalize(dvec3(1, 2, 3))), projection, 1.5);
      const auto planes = regionPlanes(makeVolumeRegion(camera, ivec2(0), {300, 200}));
      for (int c = 0; c < 8; ++c)
        CHECK(inside(planes,
                     {c & 1 ? box.max.x : box.min.x, c & 2 ? box.max.y : box.min.y, c & 4 ? box.max.z : box.min.z}));
      CHECK(near(camera.pivot(), box.centre(), 1e-9));
    }
}

TEST_CASE("orbiting keeps the pivot and changing the projection keeps its size") {
  const Camera camera = someCamera(Projection::perspective);
  CHECK(near(orbit(camera, 0.3, 1.1).pivot(), camera.pivot()));
  CHECK(near(zoom(camera, 3.0).pivot(), camera.pivot()));
  const Camera flat = withProjection(camera, Projection::orthographic);
  const ivec2 size(320, 200);
  CHECK(pixelsPerWorld(makeVolumeRegion(flat, ivec2(0), size), camera.pivot()) ==
        Catch::Approx(pixelsPerWorld(makeVolumeRegion(camera, ivec2(0), size), camera.pivot())));
  CHECK(near(withProjection(flat, Projection::perspective).position, camera.position));
}

TEST_CASE("an axis view has one level-0 voxel a pixel, its centre in the pixel's centre") {
  const dmat4 rotated = glm::rotate(glm::scale(dmat4(1.0), dvec3(0.4, 0.4, 2.0)), 0.6, dvec3(1, 1, 0));
  const Dataset dataset = oneImage(rotated);
  // Level 0 with a factor of its own, as some exporters leave it.
  const ImagePyramid pyramid = onePyramid({40, 30, 20}, dvec3(2, 2, 2));
  for (int axis = 0; axis < 3; ++axis) {
    const View view = makeAxisView(dataset, pyramid, {}, axis, std::nullopt);
    const ivec2 size = axisPictureSize(pyramid, axis);
    const ViewRegion region = makeRegions(view, worldFromVoxel(view, dataset, pyramid, {}), size).front();
    const int column = axis == 0 ? 1 : 0, row = axis == 2 ? 1 : 2;
    CHECK(size == ivec2(pyramid.levels[0].sizeVoxels[column], pyramid.levels[0].sizeVoxels[row]));
    // Pixel (3, 7) looks along the axis through voxel column = 3, row = 7, from outside of the image.
    const dvec3 origin = region.originAt({3.5, 7.5});
    CHECK(origin[column] == Catch::Approx(3.0));
    CHECK(origin[row] == Catch::Approx(7.0));
    CHECK(std::abs(region.direction0[axis]) == Catch::Approx(1.0));
    CHECK((origin[axis] < -0.5 || origin[axis] > double(pyramid.levels[0].sizeVoxels[axis]) - 0.5));
    // In Space::voxel the image's box is that of its level-0 voxels.
    const Box3 box = worldBox(pyramid, worldFromVoxel(view, dataset, pyramid, {}));
    CHECK(near(box.min, dvec3(-0.5)));
    CHECK(near(box.max, dvec3(39.5, 29.5, 19.5)));
  }
}

TEST_CASE("the slice panels pass through the point and lie along the image's axes") {
  const dmat4 rotated = glm::rotate(glm::scale(dmat4(1.0), dvec3(0.5)), 0.8, dvec3(0, 1, 1));
  const Dataset dataset = oneImage(rotated);
  const ImagePyramid pyramid = onePyramid({64, 64, 64});
  View view = makeDefaultView(dataset, pyramid, {}, {400, 300});
  view.layout = Layout::slices;
  view.slices.pointWorld = transformPoint(rotated, {10, 20, 30});
  const auto regions = makeRegions(view, rotated, {400, 300});
  REQUIRE(regions.size() == 4);
  const auto axes = imageAxes(rotated);
  for (int i = 0; i < 3; ++i) {
    const ViewRegion& region = regions[static_cast<std::size_t>(i)];
    const auto axis = static_cast<std::size_t>(region.sliceAxis);
    CHECK(std::abs(glm::dot(glm::normalize(region.direction0), axes[axis])) == Catch::Approx(1.0));
    CHECK(glm::dot(region.originAt({3, 9}) - view.slices.pointWorld, axes[axis]) == Catch::Approx(0.0).margin(1e-9));
  }
  CHECK(regions[0].sliceAxis == 2);
  CHECK(near(glm::normalize(regions[1].originDx), axes[2]));  // ZY: z to the right, y down
  CHECK(near(glm::normalize(regions[1].originDy), axes[1]));
  CHECK(regions[3].kind == RegionKind::volume);
}
