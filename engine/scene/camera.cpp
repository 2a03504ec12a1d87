#include "scene/camera.h"

#include <algorithm>
#include <cmath>

namespace volary {

namespace {

/// Room around the box, so that its outline does not touch the picture's edge.
constexpr double kMargin = 1.02;

Camera placedAt(Camera camera, const dvec3& pivot) {
  camera.position = pivot - camera.pivotDistance * camera.forward();
  return camera;
}

}  // namespace

Camera makeCameraFor(const Box3& worldBox, const dquat& worldFromCamera, Projection projection, double aspect) {
  Camera camera{.projection = projection, .worldFromCamera = glm::normalize(worldFromCamera)};
  const double tangent = std::tan(0.5 * camera.fovYRadians);
  const dquat cameraFromWorld = glm::inverse(camera.worldFromCamera);
  const dvec3 half = 0.5 * worldBox.extent();

  // Each corner asks for a distance at which it is inside the side planes.
  double distance = 0.0;
  double halfHeight = 0.0;
  for (int corner = 0; corner < 8; ++corner) {
    const dvec3 sign(corner & 1 ? 1 : -1, corner & 2 ? 1 : -1, corner & 4 ? 1 : -1);
    const dvec3 c = cameraFromWorld * (sign * half);
    const double height = kMargin * std::max(std::abs(c.y), std::abs(c.x) / aspect);
    distance = std::max(distance, height / tangent - c.z);
    halfHeight = std::max(halfHeight, height);
  }
  // An orthographic camera stands clear of the box, whose corners are at most half its diagonal from the centre.
  if (projection == Projection::orthographic) distance = kMargin * glm::length(worldBox.extent());
  camera.pivotDistance = distance > 0.0 ? distance : 1.0;
  camera.orthoHeightWorld = halfHeight > 0.0 ? 2.0 * halfHeight : 1.0;
  return placedAt(camera, worldBox.centre());
}

Camera orbit(const Camera& camera, double yaw, double pitch) {
  Camera moved = look(camera, yaw, pitch, 0.0);
  return placedAt(moved, camera.pivot());
}

Camera look(const Camera& camera, double yaw, double pitch, double roll) {
  Camera moved = camera;
  const dquat turn = glm::angleAxis(yaw, dvec3(0, 1, 0)) * glm::angleAxis(pitch, dvec3(1, 0, 0)) *
                     glm::angleAxis(roll, dvec3(0, 0, 1));
  moved.worldFromCamera = glm::normalize(camera.worldFromCamera * turn);
  return moved;
}

Camera fly(const Camera& camera, const dvec3& delta) {
  Camera moved = camera;
  moved.position += camera.worldFromCamera * delta;
  return moved;
}

Camera zoom(const Camera& camera, double factor) {
  Camera moved = camera;
  moved.orthoHeightWorld /= factor;
  // An orthographic picture does not depend on the distance, but its near plane does: it stays where it is.
  if (camera.projection == Projection::orthographic) return moved;
  moved.pivotDistance /= factor;
  return placedAt(moved, camera.pivot());
}

Camera withProjection(const Camera& camera, Projection projection) {
  if (projection == camera.projection) return camera;
  Camera changed = camera;
  changed.projection = projection;
  const double tangent = std::tan(0.5 * camera.fovYRadians);
  if (projection == Projection::orthographic) {
    changed.orthoHeightWorld = 2.0 * tangent * camera.pivotDistance;
    return changed;
  }
  changed.pivotDistance = camera.orthoHeightWorld / (2.0 * tangent);
  return placedAt(changed, camera.pivot());
}

}  // namespace volary
