#include "render/overlay.h"

#include "base/fixed_vector.h"
#include "pyramid/level_transform.h"

#include <algorithm>
#include <array>

namespace volary {

namespace {

// Told apart at a glance, also by people who confuse red and green: from Okabe and Ito, "Color Universal Design"
// (2008), without the vermilion that would look like a failed brick and the purple that would look like a missing one.
constexpr std::array<vec4, 6> kLevelColours = {{
    {0.00f, 0.62f, 0.45f, 0.9f},  // bluish green
    {0.34f, 0.71f, 0.91f, 0.9f},  // sky blue
    {0.94f, 0.89f, 0.26f, 0.9f},  // yellow
    {0.90f, 0.62f, 0.00f, 0.9f},  // orange
    {0.20f, 0.45f, 0.85f, 0.9f},  // blue
    {0.75f, 0.75f, 0.75f, 0.9f},  // grey
}};
// In a volume the outlines of bricks lie one behind the other. Up to so many are drawn this strongly; if there are
// more, each is fainter, so that the picture behind them can still be seen.
constexpr float kVolumeOpacity = 0.4f;
constexpr float kStrongBricks = 300.0f;
constexpr float kLeastVolumeOpacity = 0.04f;
constexpr vec4 kMissingColour{1.0f, 0.0f, 1.0f, 0.9f};
constexpr vec4 kUnreachedColour{0.35f, 0.35f, 0.38f, 0.9f};
constexpr vec4 kFailedColour{1.0f, 0.1f, 0.1f, 1.0f};

/// The brick's box in edge space, half a voxel of its level smaller on each side, so that neighbours stay apart.
Box3 insetBox(const LevelInfo& level, const ivec3& brick) {
  Box3 box = brickEdgeBox(level, brick);
  const dvec3 inset = glm::min(0.5 * level.factor, 0.25 * box.extent());
  return {.min = box.min + inset, .max = box.max - inset};
}

/// A corner of a box: bit i of `corner` chooses the maximum along axis i.
dvec3 cornerOf(const Box3& box, int corner) {
  return {corner & 1 ? box.max.x : box.min.x, corner & 2 ? box.max.y : box.min.y, corner & 4 ? box.max.z : box.min.z};
}

}  // namespace

vec4 levelColour(int level) { return kLevelColours[static_cast<std::size_t>(level) % kLevelColours.size()]; }

vec4 overlayColour(const OverlayBrick& brick) {
  switch (brick.state) {
    case BrickState::resident: return levelColour(brick.level);
    case BrickState::missing: return kMissingColour;
    case BrickState::unreached: return kUnreachedColour;
    case BrickState::failed: break;
  }
  return kFailedColour;
}

FrameVector<OverlayLine> makeBrickLines(const ViewRegion& region, const ImagePyramid& pyramid,
                                        const dmat4& worldFromVoxel, std::span<const OverlayBrick> bricks) {
  const dmat4 worldFromEdgeSpace = worldFromEdge(worldFromVoxel);
  const dvec3 planeEdge = transformPoint(glm::inverse(worldFromEdgeSpace), region.origin0);
  const int axis = region.sliceAxis;
  const float share = std::min(1.0f, kStrongBricks / static_cast<float>(std::max<std::size_t>(1, bricks.size())));
  const float volumeOpacity = std::max(kVolumeOpacity * share, kLeastVolumeOpacity);
  FrameVector<OverlayLine> lines;

  for (const OverlayBrick& brick : bricks) {
    const LevelInfo& level = pyramid.levels[static_cast<std::size_t>(brick.level)];
    Box3 box = insetBox(level, brick.brick);
    if (region.kind == RegionKind::slice && axis < 0) {
      const auto section = makeSectionLines(region, box, worldFromEdgeSpace, overlayColour(brick));
      lines.insert(lines.end(), section.begin(), section.end());
      continue;
    }
    if (region.kind == RegionKind::slice) {
      const Box3 whole = brickEdgeBox(level, brick.brick);
      if (planeEdge[axis] < whole.min[axis] || planeEdge[axis] >= whole.max[axis]) continue;
      box.min[axis] = box.max[axis] = planeEdge[axis];
    }

    vec4 colour = overlayColour(brick);
    if (region.kind == RegionKind::volume &&
        (brick.state == BrickState::resident || brick.state == BrickState::unreached))
      colour.a *= volumeOpacity;
    const auto addLine = [&](int cornerA, int cornerB) {
      lines.push_back({.a = transformPoint(worldFromEdgeSpace, cornerOf(box, cornerA)),
                       .b = transformPoint(worldFromEdgeSpace, cornerOf(box, cornerB)),
                       .colour = colour});
    };
    // The edges along each axis; for a rectangle, only those of one side.
    const int flat = region.kind == RegionKind::slice ? 1 << axis : 0;
    for (int along = 1; along < 8; along <<= 1)
      for (int corner = 0; corner < 8; ++corner)
        if (!(corner & along) && !(corner & flat) && along != flat) addLine(corner, corner | along);
    // The diagonals of the box or the rectangle.
    if (brick.state == BrickState::failed)
      for (int corner = 0; corner < 4; ++corner) {
        const int opposite = 7 & ~corner;
        if ((corner & ~flat) < (opposite & ~flat) && !(corner & flat)) addLine(corner & ~flat, opposite & ~flat);
      }
  }
  return lines;
}

FrameVector<OverlayLine> makeSectionLines(const ViewRegion& slice, const Box3& box, const dmat4& worldFromBoxSpace,
                                          const vec4& colour) {
  std::array<dvec3, 8> corners;
  std::array<double, 8> heights;  // over the plane
  for (int corner = 0; corner < 8; ++corner) {
    const auto i = static_cast<std::size_t>(corner);
    corners[i] = transformPoint(worldFromBoxSpace, cornerOf(box, corner));
    heights[i] = glm::dot(corners[i] - slice.origin0, slice.direction0);
  }
  FrameVector<OverlayLine> lines;
  for (int axis = 0; axis < 3; ++axis)
    for (const int face : {0, 1 << axis}) {
      const int u = 1 << (axis + 1) % 3, v = 1 << (axis + 2) % 3;
      const std::array<std::size_t, 4> around = {std::size_t(face), std::size_t(face | u), std::size_t(face | u | v),
                                                 std::size_t(face | v)};
      FixedVector<dvec3, 4> ends;
      for (std::size_t i = 0; i < 4; ++i) {
        const std::size_t a = around[i], b = around[(i + 1) % 4];
        if ((heights[a] < 0.0) != (heights[b] < 0.0))
          ends.push_back(glm::mix(corners[a], corners[b], heights[a] / (heights[a] - heights[b])));
      }
      if (ends.size() == 2) lines.push_back({ends[0], ends[1], colour});
    }
  return lines;
}

dmat4 clipFromWorld(const ViewRegion& region) {
  const dvec2 size(region.sizePx);
  if (region.perspective()) {
    // p - origin = depth * (direction0 + x * directionDx + y * directionDy), solved for (depth * x, depth * y, depth).
    const dmat3 pixelDepthFromWorld = glm::inverse(dmat3(region.directionDx, region.directionDy, region.direction0));
    const dmat4 pixelFromWorld =
        dmat4(pixelDepthFromWorld) *
        dmat4(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, -region.origin0.x, -region.origin0.y, -region.origin0.z, 1);
    const dmat4 clipFromPixel(2 / size.x, 0, 0, 0, 0, 2 / size.y, 0, 0, -1, -1, 1, 1, 0, 0, 0, 0);
    return clipFromPixel * pixelFromWorld;
  }
  // p = origin0 + x * originDx + y * originDy + t * direction0, solved for (x, y, t).
  const dmat4 worldFromPixel(dvec4(region.originDx, 0), dvec4(region.originDy, 0), dvec4(region.direction0, 0),
                             dvec4(region.origin0, 1));
  const dmat4 clipFromPixel(2 / size.x, 0, 0, 0, 0, 2 / size.y, 0, 0, 0, 0, 1, 0, -1, -1, 0, 1);
  return clipFromPixel * glm::inverse(worldFromPixel);
}

}  // namespace volary
