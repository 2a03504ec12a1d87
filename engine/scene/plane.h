#pragma once

#include "base/geometry.h"

namespace volary {

/// The points p with dot(normal, p) = offset; as a half-space, the points with dot(normal, p) >= offset.
struct Plane {
  dvec3 normal{0.0, 0.0, 1.0};  ///< unit vector
  double offset = 0.0;
  bool operator==(const Plane&) const = default;
};

/// The plane through `point` perpendicular to `normal`, which need not have unit length.
inline Plane planeThrough(const dvec3& point, const dvec3& normal) {
  const dvec3 unit = glm::normalize(normal);
  return {.normal = unit, .offset = glm::dot(unit, point)};
}

}  // namespace volary
