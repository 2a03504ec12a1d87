#include "paging/region_lens.h"

#include <algorithm>
#include <cmath>

namespace volary {

namespace {

/// dot(plane, (p, 1)) for the corner of the box where it is largest.
double largest(const dvec4& plane, const Box3& box) {
  double sum = plane.w;
  for (int axis = 0; axis < 3; ++axis) sum += plane[axis] * (plane[axis] > 0 ? box.max[axis] : box.min[axis]);
  return sum;
}

/// The region cut down to the rays that are drawn, which go through the pixels' centres. A part of one pixel then needs
/// the bricks along one line, not those of the four columns whose corner the pixel covers.
ViewRegion cropToRays(const ViewRegion& region) {
  ViewRegion rays = region;
  rays.origin0 = region.originAt(dvec2(0.5));
  rays.direction0 = region.directionAt(dvec2(0.5));
  rays.sizePx -= 1;
  return rays;
}

}  // namespace

RegionLens::RegionLens(const ViewRegion& region, const dmat4& worldFromEdge, const dvec3& sizeEdge)
    : perspective_(region.perspective()) {
  // Single precision has 24 bits: a shader's idea of a position is off by this many voxels.
  const double tolerance = 1e-3 + 1e-6 * std::max({sizeEdge.x, sizeEdge.y, sizeEdge.z});
  const auto sides = regionPlanes(cropToRays(region));
  planes_.assign(sides.begin(), sides.end());
  planes_.insert(planes_.end(), region.clip.begin(), region.clip.end());
  for (dvec4& plane : planes_) {
    plane = glm::transpose(worldFromEdge) * plane;
    if (const double length = glm::length(dvec3(plane)); length > 0.0) plane /= length;
    plane.w += tolerance;
  }

  const dvec3 forward = viewNormal(region);
  depthFromEdge_ = glm::transpose(worldFromEdge) * dvec4(forward, -glm::dot(forward, region.origin0));
  pixelsAtUnitDepth_ = volary::pixelsPerWorld(region, region.origin0 + forward);

  // A point is origin + t * direction of the ray through its pixel: a linear system for (x, y, 1) * t of a
  // perspective view, for (x, y, t) of a parallel one.
  const glm::dmat3 worldFromPixel = perspective_ ? glm::dmat3(region.directionDx, region.directionDy, region.direction0)
                                                 : glm::dmat3(region.originDx, region.originDy, region.direction0);
  const glm::dmat3 pixelFromWorld = glm::inverse(worldFromPixel);
  screenFromEdge_ = pixelFromWorld * glm::dmat3(worldFromEdge);
  screenOffset_ = pixelFromWorld * (dvec3(worldFromEdge[3]) - region.origin0);
  if (!perspective_) {
    // A parallel view has no depth to divide by.
    screenFromEdge_ = glm::dmat3(1, 0, 0, 0, 1, 0, 0, 0, 0) * screenFromEdge_;
    screenOffset_.z = 1.0;
  }
  const dvec2 halfSize = 0.5 * dvec2(region.sizePx);
  const glm::dmat3 halvesFromPixels(1.0 / halfSize.x, 0, 0, 0, 1.0 / halfSize.y, 0, -1, -1, 1);
  screenFromEdge_ = halvesFromPixels * screenFromEdge_;
  screenOffset_ = halvesFromPixels * screenOffset_;
}

bool RegionLens::mayShow(const Box3& box) const {
  return std::ranges::all_of(planes_, [&](const dvec4& plane) { return largest(plane, box) >= 0.0; });
}

double RegionLens::pixelsPerWorld(const Box3& box) const {
  if (!perspective_) return pixelsAtUnitDepth_;
  const double nearest = -largest(-depthFromEdge_, box);
  return nearest * kMaxPixelsPerWorld <= pixelsAtUnitDepth_ ? kMaxPixelsPerWorld : pixelsAtUnitDepth_ / nearest;
}

double RegionLens::centreDistance(const dvec3& edge) const {
  const dvec3 at = project(edge);
  if (at.z <= 0.0) return kFarFromCentre;
  return std::min(glm::length(dvec2(at)) / at.z, kFarFromCentre);
}

double RegionLens::minCentreDistance(const Box3& box) const {
  // The box's picture lies in the rectangle around those of its corners, unless one is behind the eye.
  dvec2 least(kFarFromCentre), most(-kFarFromCentre);
  for (int corner = 0; corner < 8; ++corner) {
    const dvec3 at = project(
        {corner & 1 ? box.max.x : box.min.x, corner & 2 ? box.max.y : box.min.y, corner & 4 ? box.max.z : box.min.z});
    if (at.z <= 0.0) return 0.0;
    least = glm::min(least, dvec2(at) / at.z);
    most = glm::max(most, dvec2(at) / at.z);
  }
  const dvec2 nearest = glm::clamp(dvec2(0.0), least, glm::max(least, most));
  return std::min(glm::length(nearest), kFarFromCentre);
}

}  // namespace volary
