#include "scene/clip.h"

namespace volary {

bool Clip::operator==(const Clip& other) const {
  const bool sameBox =
      box.has_value() == other.box.has_value() && (!box || (box->min == other.box->min && box->max == other.box->max));
  return on == other.on && sameBox && planes == other.planes;
}

HalfSpaces clipHalfSpaces(const Clip& clip) {
  HalfSpaces halfSpaces;
  if (!clip.on) return halfSpaces;
  for (int axis = 0; clip.box && axis < 3; ++axis) {
    dvec3 normal(0.0);
    normal[axis] = 1.0;
    halfSpaces.push_back(dvec4(normal, -clip.box->min[axis]));
    halfSpaces.push_back(dvec4(-normal, clip.box->max[axis]));
  }
  for (const Plane& plane : clip.planes) halfSpaces.push_back(dvec4(plane.normal, -plane.offset));
  return halfSpaces;
}

}  // namespace volary
