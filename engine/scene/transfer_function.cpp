#include "scene/transfer_function.h"

#include <algorithm>

namespace volary {

namespace {

/// From 24-bit colours.
std::array<dvec3, 9> fromRgb(const std::array<unsigned, 9>& colours) {
  std::array<dvec3, 9> map;
  for (std::size_t i = 0; i < map.size(); ++i)
    map[i] = dvec3(colours[i] >> 16 & 255, colours[i] >> 8 & 255, colours[i] & 255) / 255.0;
  return map;
}

/// From a third of the hue to the full hue; as in the grey ramp, low opacity makes values faint.
std::array<dvec3, 9> hue(const dvec3& colour) {
  std::array<dvec3, 9> map;
  for (std::size_t i = 0; i < map.size(); ++i) map[i] = colour * (1.0 / 3.0 + double(i) / 12.0);
  return map;
}

}  // namespace

std::span<const ColourMap> colourMaps() {
  static const std::array<ColourMap, 6> maps = {{
      {"viridis", "Viridis",
       fromRgb({0x440154, 0x472c7a, 0x3b518b, 0x2c718e, 0x21908d, 0x27ad81, 0x5cc863, 0xaadc32, 0xfde725})},
      {"magma", "Magma",
       fromRgb({0x000004, 0x1c1044, 0x4f127b, 0x812581, 0xb5367a, 0xe55064, 0xfb8761, 0xfec287, 0xfcfdbf})},
      {"inferno", "Inferno",
       fromRgb({0x000004, 0x1f0c48, 0x550f6d, 0x88226a, 0xba3655, 0xe35933, 0xf98c0a, 0xf9c932, 0xfcffa4})},
      {"green", "Green", hue({0.2, 1.0, 0.2})},
      {"magenta", "Magenta", hue({1.0, 0.2, 1.0})},
      {"cyan", "Cyan", hue({0.2, 1.0, 1.0})},
  }};
  return maps;
}

TransferFunction makeColourRamp(const ColourMap& map, double maxOpacity) {
  const TransferFunction grey = makeGreyRamp(maxOpacity);
  TransferFunction function;
  for (std::size_t i = 0; i < map.colours.size(); ++i) {
    const double at = double(i) / double(map.colours.size() - 1);
    function.points.push_back({.at = at, .colour = dvec4(map.colours[i], evaluate(grey, at).a)});
  }
  return function;
}

TransferFunction withMaxOpacity(TransferFunction function, double maxOpacity) {
  double greatest = 0.0;
  for (const ControlPoint& point : function.points) greatest = std::max(greatest, point.colour.a);
  if (greatest == 0.0) return function;
  for (ControlPoint& point : function.points) point.colour.a *= maxOpacity / greatest;
  return function;
}

TransferFunction makeGreyRamp(double maxOpacity) {
  return {{{.at = 0.0, .colour = {0.35, 0.35, 0.35, 0}},
           {.at = 0.3, .colour = {0.75, 0.75, 0.75, 0.12 * maxOpacity}},
           {.at = 1.0, .colour = {1, 1, 1, maxOpacity}}}};
}

dvec4 evaluate(const TransferFunction& function, double at) {
  const auto& points = function.points;
  const auto after = std::ranges::upper_bound(points, at, {}, &ControlPoint::at);
  if (after == points.begin()) return points.front().colour;
  if (after == points.end()) return points.back().colour;
  const ControlPoint& before = *(after - 1);
  return glm::mix(before.colour, after->colour, (at - before.at) / (after->at - before.at));
}

std::array<vec4, kTransferTableSize> makeTransferTable(const TransferFunction& function) {
  std::array<vec4, kTransferTableSize> table;
  for (int i = 0; i < kTransferTableSize; ++i)
    table[static_cast<std::size_t>(i)] = vec4(evaluate(function, i / double(kTransferTableSize - 1)));
  return table;
}

}  // namespace volary
