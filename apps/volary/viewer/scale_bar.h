#pragma once

#include <optional>
#include <string>

namespace volary {

struct ScaleBar {
  double lengthPx = 0.0;
  std::string label;  ///< "50 µm"
};

/// The longest bar of 1, 2 or 5 times a power of ten world units that is at most `maxPx` long. Nothing if the scale is
/// not a positive finite number.
std::optional<ScaleBar> makeScaleBar(double worldPerPixel, const std::string& unit, double maxPx);

/// "µm" for the ways in which microscopes spell micrometres; anything else unchanged.
std::string displayUnit(const std::string& unit);

}  // namespace volary
