#pragma once

#include "scene/plane.h"

#include <optional>

namespace volary {

/// What a person did to a plane.
struct PlaneEdit {
  std::optional<Plane> changed;
  bool removed = false;
};

/// A plane's widgets: its distance, in the range that holds `world`; its normal, as angles that a person can turn; and
/// buttons to turn it over and to remove it. `index` distinguishes rows of the same window.
PlaneEdit drawPlaneRow(int index, const Plane& plane, const Box3& world);

}  // namespace volary
