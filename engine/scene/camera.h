#pragma once

#include "base/geometry.h"

namespace volary {

enum class Projection { perspective, orthographic };

/// A camera in world space. Camera space is x right, y down, z forward, like an image: with the identity as
/// orientation, one looks along world +z and sees x to the right and y downwards, as in the first plane of a stack.
struct Camera {
  Projection projection = Projection::perspective;
  dvec3 position{0.0};
  dquat worldFromCamera{1.0, 0.0, 0.0, 0.0};
  double fovYRadians = 0.5;       ///< full vertical angle; perspective only
  double orthoHeightWorld = 1.0;  ///< world height that the picture spans; orthographic only
  double pivotDistance = 1.0;     ///< the point that one orbits about lies this far ahead

  bool operator==(const Camera&) const = default;

  dvec3 right() const { return worldFromCamera * dvec3(1, 0, 0); }
  dvec3 down() const { return worldFromCamera * dvec3(0, 1, 0); }
  dvec3 forward() const { return worldFromCamera * dvec3(0, 0, 1); }
  dvec3 pivot() const { return position + pivotDistance * forward(); }
};

/// A camera that sees the whole box from `worldFromCamera`'s direction, the box's centre as its pivot.
Camera makeCameraFor(const Box3& worldBox, const dquat& worldFromCamera, Projection projection, double aspect);

// Navigation. Pure: each takes a camera and returns the moved one. Angles in radians.

/// Turns about the pivot: `yaw` about the camera's own vertical, `pitch` about its horizontal.
Camera orbit(const Camera& camera, double yaw, double pitch);
/// Turns the head where the camera is.
Camera look(const Camera& camera, double yaw, double pitch, double roll);
/// Moves by camera-space `delta` in world units.
Camera fly(const Camera& camera, const dvec3& delta);
/// Brings the pivot nearer (factor > 1) or farther; an orthographic camera scales its height.
Camera zoom(const Camera& camera, double factor);
/// Changes the projection, keeping the size of things at the pivot.
Camera withProjection(const Camera& camera, Projection projection);

}  // namespace volary
