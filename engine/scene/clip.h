#pragma once

#include "base/geometry.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace volary {

/// A half-space: what is kept lies where dot(normal, p) >= offset.
struct ClipPlane {
  dvec3 normal{0.0, 0.0, 1.0};  ///< unit vector
  double offset = 0.0;
  bool operator==(const ClipPlane&) const = default;
};

/// What the volume picture is cut to: what lies in the box and in all half-spaces, in the view's space. Slice panels show
/// their planes whole, so that one sees where the cut lies.
struct Clip {
  static constexpr std::size_t kMostPlanes = 6;

  bool on = true;  ///< false: kept for later, and nothing is cut
  std::optional<Box3> box;
  std::vector<ClipPlane> planes;  ///< at most kMostPlanes

  bool cuts() const { return on && (box || !planes.empty()); }
  bool operator==(const Clip& other) const;
};

/// The half-spaces dot(plane.xyz, p) + plane.w >= 0 whose intersection is kept: none if nothing is cut, twelve at most.
std::vector<dvec4> clipHalfSpaces(const Clip& clip);

/// The plane through `point` that keeps what lies on the side of `normal`, which need not have unit length.
ClipPlane clipPlaneThrough(const dvec3& point, const dvec3& normal);

}  // namespace volary
