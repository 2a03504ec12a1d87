#include "paging/guide_lines.h"

#include "pyramid/level_transform.h"

#include <array>
#include <cmath>

namespace volary {

namespace {

constexpr std::array<vec4, 3> kPlaneColours = {vec4(0.95f, 0.35f, 0.30f, 0.8f), vec4(0.35f, 0.85f, 0.40f, 0.8f),
                                               vec4(0.40f, 0.60f, 1.00f, 0.8f)};
constexpr vec4 kBoxColour(0.6f, 0.6f, 0.6f, 0.6f);
constexpr vec4 kCutColour(1.0f, 0.75f, 0.2f, 0.9f);
constexpr vec4 kObliqueColour(0.80f, 0.50f, 1.00f, 0.9f);

/// A point of the image with `axis` replaced.
dvec3 with(dvec3 point, int axis, double value) {
  point[axis] = value;
  return point;
}

/// The edges of the image's cross section perpendicular to `axis`.
void addFrame(FrameVector<OverlayLine>& lines, const dmat4& worldFromEdgeSpace, const dvec3& size, int axis, double at,
              const vec4& colour) {
  const int u = (axis + 1) % 3, v = (axis + 2) % 3;
  const auto corner = [&](double a, double b) {
    return transformPoint(worldFromEdgeSpace, with(with(with(dvec3(0.0), axis, at), u, a), v, b));
  };
  const std::array<dvec3, 4> corners = {corner(0, 0), corner(size[u], 0), corner(size[u], size[v]), corner(0, size[v])};
  for (std::size_t i = 0; i < 4; ++i) lines.push_back({corners[i], corners[(i + 1) % 4], colour});
}

/// Where a plane cuts a slice: as far as the slice is seen.
void addPlaneLine(FrameVector<OverlayLine>& lines, const ViewRegion& slice, const Plane& plane, const vec4& colour) {
  const dvec2 size(slice.sizePx);
  const dvec3 centre = slice.originAt(0.5 * size);
  const dvec3 across = plane.normal - glm::dot(plane.normal, slice.direction0) * slice.direction0;
  const double steep = glm::dot(across, across);
  if (steep < 1e-12) return;  // they are parallel
  const dvec3 place = centre + across * ((plane.offset - glm::dot(plane.normal, centre)) / steep);
  const double reach = glm::distance(place, centre) + glm::length(size.x * slice.originDx + size.y * slice.originDy);
  const dvec3 along = glm::normalize(glm::cross(plane.normal, slice.direction0)) * reach;
  lines.push_back({place - along, place + along, colour});
}

}  // namespace

FrameVector<OverlayLine> makeBoxLines(const ImagePyramid& pyramid, const dmat4& worldFromVoxel) {
  const dmat4 worldFromEdgeSpace = worldFromEdge(worldFromVoxel);
  const dvec3 size = fullSizeVoxels(pyramid);
  FrameVector<OverlayLine> lines;
  addFrame(lines, worldFromEdgeSpace, size, 2, 0.0, kBoxColour);
  addFrame(lines, worldFromEdgeSpace, size, 2, size.z, kBoxColour);
  for (int corner = 0; corner < 4; ++corner) {
    const dvec3 foot(corner & 1 ? size.x : 0.0, corner & 2 ? size.y : 0.0, 0.0);
    lines.push_back({transformPoint(worldFromEdgeSpace, foot),
                     transformPoint(worldFromEdgeSpace, with(foot, 2, size.z)), kBoxColour});
  }
  return lines;
}

FrameVector<OverlayLine> makeClipLines(const ViewRegion& region, const Clip& clip) {
  FrameVector<OverlayLine> lines;
  if (!clip.on || region.kind != RegionKind::slice) return lines;
  if (clip.box) lines = makeSectionLines(region, *clip.box, dmat4(1.0), kCutColour);
  for (const Plane& plane : clip.planes) addPlaneLine(lines, region, plane, kCutColour);
  return lines;
}

FrameVector<OverlayLine> makePlaneLines(const ViewRegion& region, std::span<const Plane> planes,
                                        const ImagePyramid& pyramid, const dmat4& worldFromVoxel) {
  FrameVector<OverlayLine> lines;
  for (const Plane& plane : planes) {
    if (region.kind == RegionKind::slice) {
      addPlaneLine(lines, region, plane, kObliqueColour);
      continue;
    }
    // The frame is the section of the image's box by a slice that lies there.
    const dvec3 aside = std::abs(plane.normal.x) < 0.7 ? dvec3(1, 0, 0) : dvec3(0, 1, 0);
    const dvec3 right = glm::normalize(glm::cross(plane.normal, aside));
    const ViewRegion slice = makeSliceRegion(-1, plane.offset * plane.normal, right, glm::cross(plane.normal, right),
                                             1.0, ivec2(0), ivec2(1));
    const auto frame =
        makeSectionLines(slice, {dvec3(0.0), fullSizeVoxels(pyramid)}, worldFromEdge(worldFromVoxel), kObliqueColour);
    lines.insert(lines.end(), frame.begin(), frame.end());
  }
  return lines;
}

FrameVector<OverlayLine> makeGuideLines(const ViewRegion& region, const View& view, const ImagePyramid& pyramid,
                                        const dmat4& worldFromVoxel) {
  const dmat4 worldFromEdgeSpace = worldFromEdge(worldFromVoxel);
  const dvec3 size = fullSizeVoxels(pyramid);
  const dvec3 point = transformPoint(glm::inverse(worldFromEdgeSpace), view.slices.pointWorld);
  FrameVector<OverlayLine> lines;
  const auto add = [&](const dvec3& a, const dvec3& b, const vec4& colour) {
    lines.push_back({transformPoint(worldFromEdgeSpace, a), transformPoint(worldFromEdgeSpace, b), colour});
  };

  if (region.kind == RegionKind::slice && region.sliceAxis < 0)
    return makeSectionLines(region, {dvec3(0.0), size}, worldFromEdgeSpace, kBoxColour);
  if (region.kind == RegionKind::slice) {
    // The cut of the plane perpendicular to `other` runs along the axis that is neither its normal nor the slice's.
    for (int other = 0; other < 3; ++other) {
      if (other == region.sliceAxis) continue;
      const int along = 3 - other - region.sliceAxis;
      add(with(point, along, 0.0), with(point, along, size[along]), kPlaneColours[static_cast<std::size_t>(other)]);
    }
    return lines;
  }

  if (view.showBox || view.layout == Layout::slices) lines = makeBoxLines(pyramid, worldFromVoxel);
  if (view.layout == Layout::slices)
    for (int axis = 0; axis < 3; ++axis)
      if (point[axis] >= 0.0 && point[axis] <= size[axis])
        addFrame(lines, worldFromEdgeSpace, size, axis, point[axis], kPlaneColours[static_cast<std::size_t>(axis)]);
  return lines;
}

}  // namespace volary
