#include "scene/region.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace volary {

namespace {

/// The half-space on the side of `inside`, bounded by the plane through `point` that contains `a` and `b`.
dvec4 sideThrough(const dvec3& point, const dvec3& a, const dvec3& b, const dvec3& inside) {
  dvec3 normal = glm::normalize(glm::cross(a, b));
  if (glm::dot(normal, inside) < 0.0) normal = -normal;
  return dvec4(normal, -glm::dot(normal, point));
}

}  // namespace

ViewRegion makeVolumeRegion(const Camera& camera, const ivec2& offsetPx, const ivec2& sizePx) {
  ViewRegion region{.kind = RegionKind::volume, .offsetPx = offsetPx, .sizePx = sizePx};
  const dvec2 size(sizePx);
  const double aspect = size.x / size.y;
  if (camera.projection == Projection::perspective) {
    const double tangent = std::tan(0.5 * camera.fovYRadians);
    region.origin0 = camera.position;
    region.directionDx = camera.right() * (2.0 * tangent * aspect / size.x);
    region.directionDy = camera.down() * (2.0 * tangent / size.y);
    region.direction0 = camera.forward() - tangent * (aspect * camera.right() + camera.down());
  } else {
    const double worldPerPixel = camera.orthoHeightWorld / size.y;
    region.originDx = camera.right() * worldPerPixel;
    region.originDy = camera.down() * worldPerPixel;
    region.origin0 = camera.position - 0.5 * size.x * region.originDx - 0.5 * size.y * region.originDy;
    region.direction0 = camera.forward();
  }
  return region;
}

ViewRegion makeSliceRegion(int axis, const dvec3& centreWorld, const dvec3& right, const dvec3& down,
                           double worldPerPixel, const ivec2& offsetPx, const ivec2& sizePx) {
  ViewRegion region{.kind = RegionKind::slice, .offsetPx = offsetPx, .sizePx = sizePx, .sliceAxis = axis};
  region.originDx = right * worldPerPixel;
  region.originDy = down * worldPerPixel;
  region.origin0 = centreWorld - 0.5 * double(sizePx.x) * region.originDx - 0.5 * double(sizePx.y) * region.originDy;
  region.direction0 = glm::normalize(glm::cross(right, down));
  return region;
}

ViewRegion cropRegion(const ViewRegion& region, const ivec2& beginPx, const ivec2& endPx) {
  ViewRegion part = region;
  part.offsetPx = region.offsetPx + beginPx;
  part.sizePx = endPx - beginPx;
  part.origin0 = region.originAt(dvec2(beginPx));
  part.direction0 = region.directionAt(dvec2(beginPx));
  return part;
}

ViewRegion resampleRegion(const ViewRegion& region, const ivec2& offsetPx, const ivec2& sizePx) {
  ViewRegion other = region;
  const dvec2 scale = dvec2(region.sizePx) / dvec2(sizePx);
  other.offsetPx = offsetPx;
  other.sizePx = sizePx;
  other.originDx *= scale.x;
  other.originDy *= scale.y;
  other.directionDx *= scale.x;
  other.directionDy *= scale.y;
  return other;
}

std::array<dvec4, 6> regionPlanes(const ViewRegion& region) {
  std::array<dvec4, 6> planes;
  planes.fill(dvec4(0, 0, 0, 1));
  const dvec2 size(region.sizePx);
  const dvec3 normal = viewNormal(region);

  // The sides: planes through a corner's ray along the picture's edges.
  if (region.perspective()) {
    const dvec3 eye = region.origin0;
    // Not through the rays of two corners, which are the same in a region without an extent.
    const dvec3 topLeft = region.directionAt({0, 0}), bottomRight = region.directionAt(size);
    planes[0] = sideThrough(eye, topLeft, region.directionDy, region.directionDx);
    planes[1] = sideThrough(eye, bottomRight, region.directionDy, -region.directionDx);
    planes[2] = sideThrough(eye, topLeft, region.directionDx, region.directionDy);
    planes[3] = sideThrough(eye, bottomRight, region.directionDx, -region.directionDy);
  } else {
    const dvec3 direction = region.direction0;
    const dvec3 begin = region.origin0, end = region.originAt(size);
    planes[0] = sideThrough(begin, direction, region.originDy, region.originDx);
    planes[1] = sideThrough(end, direction, region.originDy, -region.originDx);
    planes[2] = sideThrough(begin, direction, region.originDx, region.originDy);
    planes[3] = sideThrough(end, direction, region.originDx, -region.originDy);
  }
  planes[4] = dvec4(normal, -glm::dot(normal, region.origin0));
  if (region.kind == RegionKind::volume)
    for (int side = 0; side < 4; ++side) planes[static_cast<std::size_t>(side)].w += 0.5 * region.slabWorld;
  if (region.kind == RegionKind::slice) {
    planes[5] = -planes[4];
    planes[4].w += 0.5 * region.slabWorld;
    planes[5].w += 0.5 * region.slabWorld;
  }
  return planes;
}

dvec3 viewNormal(const ViewRegion& region) {
  if (!region.perspective()) return glm::normalize(region.direction0);
  const dvec3 normal = glm::normalize(glm::cross(region.directionDx, region.directionDy));
  return glm::dot(normal, region.direction0) < 0.0 ? -normal : normal;
}

double pixelsPerWorld(const ViewRegion& region, const dvec3& world) {
  if (!region.perspective()) return 1.0 / std::min(glm::length(region.originDx), glm::length(region.originDy));
  const double depth = glm::dot(world - region.origin0, viewNormal(region));
  if (depth <= 0.0) return std::numeric_limits<double>::infinity();
  return 1.0 / (depth * std::min(glm::length(region.directionDx), glm::length(region.directionDy)));
}

}  // namespace volary
