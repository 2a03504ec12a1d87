#include "viewer/scale_bar.h"

#include <fmt/format.h>

#include <cmath>

namespace volary {

std::optional<ScaleBar> makeScaleBar(double worldPerPixel, const std::string& unit, double maxPx) {
  const double maxWorld = worldPerPixel * maxPx;
  if (!(maxWorld > 0.0) || !std::isfinite(maxWorld)) return std::nullopt;
  const double decade = std::pow(10.0, std::floor(std::log10(maxWorld)));
  double length = decade;
  for (const double multiple : {2.0, 5.0})
    if (multiple * decade <= maxWorld) length = multiple * decade;
  return ScaleBar{length / worldPerPixel, fmt::format("{:g} {}", length, displayUnit(unit))};
}

std::string displayUnit(const std::string& unit) {
  for (const char* spelling : {"um", "micron", "microns", "micrometer", "micrometre", "\u03bcm", "\u00b5m"})
    if (unit == spelling) return "\u00b5m";
  return unit;
}

}  // namespace volary
