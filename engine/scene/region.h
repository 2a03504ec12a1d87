#pragma once

#include "base/fixed_vector.h"
#include "base/geometry.h"
#include "scene/camera.h"

#include <array>

namespace volary {

enum class RegionKind { volume, slice };

/// Points p with dot(plane.xyz, p) + plane.w >= 0 for all of these: the faces of a box and six planes at most, as
/// shared::kMaxClipPlanes says.
using HalfSpaces = FixedVector<dvec4, 12>;

/// One rectangle of the picture and the rays through its pixels: what the LOD planner, the shaders and the reference
/// renderer of the tests all start from.
///
/// The ray through region pixel (x, y), where pixel centres are at +0.5, is
///   origin    = origin0 + x * originDx + y * originDy
///   direction = direction0 + x * directionDx + y * directionDy      (world space, not normalised)
/// Perspective rays share one origin; orthographic rays share one direction. Perspective directions have a component of
/// one along the camera's forward axis, so that the ray parameter is the depth. On a slice, `origin` is the point to
/// sample and `direction` the plane's normal.
struct ViewRegion {
  RegionKind kind = RegionKind::volume;
  ivec2 offsetPx{0};
  ivec2 sizePx{0};
  dvec3 origin0{0.0}, originDx{0.0}, originDy{0.0};
  dvec3 direction0{0.0}, directionDx{0.0}, directionDy{0.0};
  HalfSpaces clip;     ///< what a ray shows lies in all of them
  int sliceAxis = -1;  ///< 0, 1, 2 = the image's x, y, z is constant on the slice; -1 = an oblique slice, or a volume
  /// The thickness that a slice projects along its normal, half of it on either side; for a volume, the thickness of
  /// each slice in it.
  double slabWorld = 0.0;

  bool perspective() const { return directionDx != dvec3(0.0); }
  dvec3 originAt(const dvec2& px) const { return origin0 + px.x * originDx + px.y * originDy; }
  dvec3 directionAt(const dvec2& px) const { return direction0 + px.x * directionDx + px.y * directionDy; }
};

/// The rays of a camera over a rectangle.
ViewRegion makeVolumeRegion(const Camera& camera, const ivec2& offsetPx, const ivec2& sizePx);

/// A slice: `centreWorld` is in the middle of the rectangle; `right` and `down` are unit vectors in world space.
ViewRegion makeSliceRegion(int axis, const dvec3& centreWorld, const dvec3& right, const dvec3& down,
                           double worldPerPixel, const ivec2& offsetPx, const ivec2& sizePx);

/// The part [beginPx, endPx) of a region, as a region of its own (same rays; offsetPx moves along). For drawing a
/// picture in tiles.
ViewRegion cropRegion(const ViewRegion& region, const ivec2& beginPx, const ivec2& endPx);

/// The same view with another number of pixels: fewer while moving, for example.
ViewRegion resampleRegion(const ViewRegion& region, const ivec2& offsetPx, const ivec2& sizePx);

/// Half-spaces dot(plane.xyz, p) + plane.w >= 0, in world space, whose intersection is what the region can see: the
/// four sides and the near plane (for a slice: the plane itself, or its slab's faces, as two half-spaces). Unused ones
/// are (0, 0, 0, 1). A thick slice in a volume may show voxels outside of the volume's rays, so its sides are moved
/// outwards by half the thickness.
std::array<dvec4, 6> regionPlanes(const ViewRegion& region);

/// The unit vector along which depth is counted.
dvec3 viewNormal(const ViewRegion& region);

/// Pixels that one world unit covers, at a world point, across the view. Infinite at and behind a perspective eye.
double pixelsPerWorld(const ViewRegion& region, const dvec3& world);

}  // namespace volary
