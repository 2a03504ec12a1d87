#include "viewer/navigation.h"

#include "pyramid/level_transform.h"

#include <algorithm>
#include <cmath>

namespace volary {

namespace {

constexpr double kOrbitRadiansPerPx = 0.007;  // a drag across 450 px turns the specimen by half a turn
constexpr double kLookRadiansPerPx = 0.003;
constexpr double kZoomPerStep = 1.1;  // BigDataViewer's factor for the keys
constexpr double kNearestVoxels = 0.1;
constexpr double kFarthestImages = 100.0;

double smallest(const dvec3& v) { return std::min({v.x, v.y, v.z}); }

double imageDiagonal(const SceneGeometry& geometry) { return glm::length(geometry.worldBox.extent()); }

// The voxel coordinates are clamped to the outermost voxel centres; an axis of one voxel has just 0.
dvec3 clampToVoxels(const SceneGeometry& geometry, const dvec3& voxel) {
  return glm::clamp(voxel, dvec3(0.0), glm::max(geometry.sizeVoxels - 1.0, dvec3(0.0)));
}

SliceView scaleSlices(SliceView slices, const SceneGeometry& geometry, double steps) {
  const double smallestScale = kNearestVoxels * 0.1 * smallest(geometry.voxelWorld);
  const double largestScale = std::max(imageDiagonal(geometry), 10.0 * smallestScale);
  slices.worldPerPixel = std::clamp(slices.worldPerPixel / std::pow(kZoomPerStep, steps), smallestScale, largestScale);
  return slices;
}

/// The slice with another orientation, which leaves a point of it where it is.
SliceView turnedAbout(const SliceView& slices, const dvec3& pivot, const dquat& worldFromSlice) {
  const dquat turn = worldFromSlice * glm::inverse(slices.worldFromSlice);
  SliceView turned = slices;
  turned.worldFromSlice = glm::normalize(worldFromSlice);
  turned.pointWorld = pivot;
  turned.centreWorld = pivot + turn * (slices.centreWorld - pivot);
  return turned;
}

dvec3 middleOf(const ViewRegion& region) { return region.originAt(0.5 * dvec2(region.sizePx)); }

}  // namespace

SceneGeometry makeSceneGeometry(const ImagePyramid& pyramid, const dmat4& worldFromVoxel) {
  SceneGeometry geometry;
  geometry.worldFromVoxel = worldFromVoxel;
  geometry.sizeVoxels = fullSizeVoxels(pyramid);
  for (int axis = 0; axis < 3; ++axis) geometry.voxelWorld[axis] = glm::length(dvec3(worldFromVoxel[axis]));
  geometry.worldBox = worldBox(pyramid, worldFromVoxel);
  return geometry;
}

std::optional<ViewRegion> findRegion(const std::vector<ViewRegion>& regions, const dvec2& px) {
  for (const ViewRegion& region : regions) {
    const dvec2 local = px - dvec2(region.offsetPx);
    if (local.x >= 0 && local.y >= 0 && local.x < region.sizePx.x && local.y < region.sizePx.y) return region;
  }
  return std::nullopt;
}

double worldPerPixel(const ViewRegion& region, const Camera& camera) {
  if (region.kind == RegionKind::slice) return glm::length(region.originDx);
  const double heightWorld = camera.projection == Projection::orthographic
                                 ? camera.orthoHeightWorld
                                 : 2.0 * camera.pivotDistance * std::tan(0.5 * camera.fovYRadians);
  return heightWorld / region.sizePx.y;
}

Camera orbitByDrag(const Camera& camera, const dvec2& deltaPx, double scale) {
  const double angle = kOrbitRadiansPerPx * scale;
  return orbit(camera, deltaPx.x * angle, -deltaPx.y * angle);
}

Camera panByDrag(const Camera& camera, const ViewRegion& region, const dvec2& deltaPx) {
  const double scale = worldPerPixel(region, camera);
  return fly(camera, dvec3(-deltaPx.x * scale, -deltaPx.y * scale, 0.0));
}

Camera lookByDrag(const Camera& camera, const dvec2& deltaPx) {
  return look(camera, deltaPx.x * kLookRadiansPerPx, -deltaPx.y * kLookRadiansPerPx, 0.0);
}

Camera zoomCamera(const Camera& camera, const SceneGeometry& geometry, double steps) {
  const double nearest = kNearestVoxels * smallest(geometry.voxelWorld);
  const double farthest = std::max(kFarthestImages * imageDiagonal(geometry), 10.0 * nearest);
  const double now = camera.projection == Projection::orthographic ? camera.orthoHeightWorld : camera.pivotDistance;
  const double then = std::clamp(now / std::pow(kZoomPerStep, steps), nearest, farthest);
  return zoom(camera, now / then);
}

SliceView zoomSlices(const SliceView& slices, const SceneGeometry& geometry, double steps) {
  return scaleSlices(slices, geometry, steps);
}

SliceView zoomSlicesAt(const SliceView& slices, const SceneGeometry& geometry, const ViewRegion& region,
                       const dvec2& px, double steps) {
  SliceView zoomed = scaleSlices(slices, geometry, steps);
  const dvec3 fromCentre = slicePoint(region, px) - region.originAt(0.5 * dvec2(region.sizePx));
  zoomed.centreWorld += fromCentre * (1.0 - zoomed.worldPerPixel / slices.worldPerPixel);
  return zoomed;
}

SliceView panSlices(const SliceView& slices, const ViewRegion& region, const dvec2& deltaPx) {
  SliceView moved = slices;
  moved.centreWorld -= deltaPx.x * region.originDx + deltaPx.y * region.originDy;
  return moved;
}

SliceView crossAt(const SliceView& slices, const SceneGeometry& geometry, const ViewRegion& region, const dvec2& px) {
  SliceView moved = slices;
  const dvec3 voxel = transformPoint(glm::inverse(geometry.worldFromVoxel), slicePoint(region, px));
  moved.pointWorld = transformPoint(geometry.worldFromVoxel, clampToVoxels(geometry, voxel));
  return moved;
}

SliceView stepSlices(const SliceView& slices, const SceneGeometry& geometry, int axis, double steps) {
  SliceView moved = slices;
  dvec3 voxel = transformPoint(glm::inverse(geometry.worldFromVoxel), slices.pointWorld);
  voxel[axis] += steps * std::max(1.0, slices.worldPerPixel / geometry.voxelWorld[axis]);
  moved.pointWorld = transformPoint(geometry.worldFromVoxel, clampToVoxels(geometry, voxel));
  return moved;
}

SliceView turnSlice(const SliceView& slices, const ViewRegion& region, const dvec2& pivotPx, const dvec2& deltaPx,
                    double scale) {
  const double angle = kOrbitRadiansPerPx * scale;
  const dquat turn =
      glm::angleAxis(deltaPx.x * angle, dvec3(0, 1, 0)) * glm::angleAxis(-deltaPx.y * angle, dvec3(1, 0, 0));
  return turnedAbout(slices, slicePoint(region, pivotPx), slices.worldFromSlice * turn);
}

SliceView rollSlice(const SliceView& slices, const ViewRegion& region, double radians) {
  return turnedAbout(slices, middleOf(region), slices.worldFromSlice * glm::angleAxis(radians, dvec3(0, 0, 1)));
}

SliceView alignSlice(const SliceView& slices, const SceneGeometry& geometry, const ViewRegion& region, int axis) {
  return turnedAbout(slices, middleOf(region), sliceOrientation(geometry.worldFromVoxel, axis));
}

SliceView stepOblique(const SliceView& slices, const SceneGeometry& geometry, const ViewRegion& region, double steps) {
  const dvec3 normal = region.direction0;
  const double voxel = 1.0 / glm::length(glm::inverse(dmat3(geometry.worldFromVoxel)) * normal);
  const double middle = glm::dot(normal, geometry.worldBox.centre());
  const double reach = 0.5 * glm::dot(glm::abs(normal), geometry.worldBox.extent());
  const double now = glm::dot(normal, slices.pointWorld);
  const double then = now + steps * std::max(voxel, slices.worldPerPixel);
  SliceView moved = slices;
  moved.pointWorld += (std::clamp(then, std::min(now, middle - reach), std::max(now, middle + reach)) - now) * normal;
  return moved;
}

Camera stepCamera(const Camera& camera, double steps) {
  constexpr double kSharePerStep = 0.01;
  return fly(camera, dvec3(0.0, 0.0, steps * kSharePerStep * camera.pivotDistance));
}

Camera flyFor(const Camera& camera, const SceneGeometry& geometry, const dvec3& direction, double speedWorld,
              double seconds) {
  dvec3 delta = direction * (speedWorld * seconds);
  if (camera.projection == Projection::perspective) return fly(camera, delta);
  constexpr double kZoomStepsPerSecond = 7.0;  // twice the size after a second
  delta.z = 0.0;
  return zoomCamera(fly(camera, delta), geometry, direction.z * kZoomStepsPerSecond * seconds);
}

Camera alignCamera(const Camera& camera, const SceneGeometry& geometry, int axis) {
  Camera aligned = camera;
  aligned.worldFromCamera = sliceOrientation(geometry.worldFromVoxel, axis);
  aligned.position = camera.pivot() - camera.pivotDistance * aligned.forward();
  return aligned;
}

Camera interpolateCamera(const Camera& from, const Camera& to, double share) {
  Camera camera = to;
  camera.worldFromCamera = glm::slerp(from.worldFromCamera, to.worldFromCamera, share);
  camera.pivotDistance = glm::mix(from.pivotDistance, to.pivotDistance, share);
  camera.orthoHeightWorld = glm::mix(from.orthoHeightWorld, to.orthoHeightWorld, share);
  camera.position = glm::mix(from.pivot(), to.pivot(), share) - camera.pivotDistance * camera.forward();
  return camera;
}

dvec3 slicePoint(const ViewRegion& region, const dvec2& px) { return region.originAt(px - dvec2(region.offsetPx)); }

}  // namespace volary
