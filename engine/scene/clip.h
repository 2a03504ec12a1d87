#pragma once

#include "base/geometry.h"
#include "scene/plane.h"
#include "scene/region.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace volary {

/// The cut of the volume picture, in the view's space: it keeps the points that lie in the box and in all half-spaces.
/// Slice panels show their planes whole, so that one sees where the cut lies.
struct Clip {
  static constexpr std::size_t kMostPlanes = 6;

  bool on = true;  ///< false: nothing is cut, and the cut is kept for later
  std::optional<Box3> box;
  std::vector<Plane> planes;  ///< at most kMostPlanes

  bool cuts() const { return on && (box || !planes.empty()); }
  bool operator==(const Clip& other) const;
};

/// The half-spaces whose intersection is kept: none if nothing is cut.
HalfSpaces clipHalfSpaces(const Clip& clip);

}  // namespace volary
