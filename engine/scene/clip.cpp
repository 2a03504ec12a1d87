#include "scene/clip.h"

namespace volary {

bool Clip::operator==(const Clip& other) const {
  const bool sameBox = box.has_value() == other.box.has_value() &&
                       (!box || (box->min == other.box->min && box->max == other.box->max));
  return on == other.on && sameBox && planes == other.planes;
}

std::vector<dvec4> clipHalfSpaces(const Clip& clip) {
  std::vector<dvec4> halfSpaces;
  if (!clip.on) return halfSpaces;
  for (int axis = 0; clip.box && axis < 3; ++axis) {
    dvec3 normal(0.0);
    normal[axis] = 1.0;
    halfSpaces.emplace_back(normal, -clip.box->min[axis]);
    halfSpaces.emplace_back(-normal, clip.box->max[axis]);
  }
  for (const Plane& plane : clip.planes) halfSpaces.emplace_back(plane.normal, -plane.offset);
  return halfSpaces;
}

}  // namespace volary
