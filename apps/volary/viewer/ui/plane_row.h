#pragma once

#include "scene/plane.h"

#include <optional>

namespace volary {

/// What a person did to a plane.
struct PlaneEdit {
  std::optional<Plane> changed;
  bool removed = false;
};

/// A plane's widgets: its distance, within what holds `world`, its normal as the angles that a person turns it by, and
/// buttons to turn it over and to remove it. `index` tells it from others of the same window.
PlaneEdit drawPlaneRow(int index, const Plane& plane, const Box3& world);

}  // namespace volary
