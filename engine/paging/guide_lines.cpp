#include "paging/guide_lines.h"

#include "pyramid/level_transform.h"

#include <array>

namespace volary {

namespace {

constexpr std::array<vec4, 3> kPlaneColours = {vec4(0.95f, 0.35f, 0.30f, 0.8f), vec4(0.35f, 0.85f, 0.40f, 0.8f),
                                               vec4(0.40f, 0.60f, 1.00f, 0.8f)};
constexpr vec4 kBoxColour(0.6f, 0.6f, 0.6f, 0.6f);

/// A point of the image with `axis` replaced.
dvec3 with(dvec3 point, int axis, double value) {
  point[axis] = value;
  return point;
}

/// The edges of the image's cross section perpendicular to `axis`.
void addFrame(std::vector<OverlayLine>& lines, const dmat4& worldFromEdgeSpace, const dvec3& size, int axis, double at,
              const vec4& colour) {
  const int u = (axis + 1) % 3, v = (axis + 2) % 3;
  const auto corner = [&](double a, double b) {
    return transformPoint(worldFromEdgeSpace, with(with(with(dvec3(0.0), axis, at), u, a), v, b));
  };
  const std::array<dvec3, 4> corners = {corner(0, 0), corner(size[u], 0), corner(size[u], size[v]), corner(0, size[v])};
  for (std::size_t i = 0; i < 4; ++i) lines.push_back({corners[i], corners[(i + 1) % 4], colour});
}

}  // namespace

std::vector<OverlayLine> makeBoxLines(const ImagePyramid& pyramid, const dmat4& worldFromVoxel) {
  const dmat4 worldFromEdgeSpace = worldFromEdge(worldFromVoxel);
  const dvec3 size = fullSizeVoxels(pyramid);
  std::vector<OverlayLine> lines;
  addFrame(lines, worldFromEdgeSpace, size, 2, 0.0, kBoxColour);
  addFrame(lines, worldFromEdgeSpace, size, 2, size.z, kBoxColour);
  for (int corner = 0; corner < 4; ++corner) {
    const dvec3 foot(corner & 1 ? size.x : 0.0, corner & 2 ? size.y : 0.0, 0.0);
    lines.push_back({transformPoint(worldFromEdgeSpace, foot), transformPoint(worldFromEdgeSpace, with(foot, 2, size.z)),
                     kBoxColour});
  }
  return lines;
}

std::vector<OverlayLine> makeGuideLines(const ViewRegion& region, const View& view, const ImagePyramid& pyramid,
                                        const dmat4& worldFromVoxel) {
  const dmat4 worldFromEdgeSpace = worldFromEdge(worldFromVoxel);
  const dvec3 size = fullSizeVoxels(pyramid);
  const dvec3 point = transformPoint(glm::inverse(worldFromEdgeSpace), view.slices.pointWorld);
  std::vector<OverlayLine> lines;
  const auto add = [&](const dvec3& a, const dvec3& b, const vec4& colour) {
    lines.push_back({transformPoint(worldFromEdgeSpace, a), transformPoint(worldFromEdgeSpace, b), colour});
  };

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
