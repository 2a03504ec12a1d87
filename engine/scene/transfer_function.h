#pragma once

#include "base/geometry.h"
#include "shared/sizes.h"

#include <array>
#include <span>
#include <string_view>
#include <vector>

namespace volary {

/// A point of a transfer function: `at` in [0, 1] across the contrast range; colour r, g, b (not premultiplied) and
/// opacity a, each in [0, 1]. The opacity is that of a layer as thick as the shortest edge of a full-resolution voxel.
struct ControlPoint {
  double at = 0.0;
  dvec4 colour{0.0};
  bool operator==(const ControlPoint&) const = default;
};

/// Colour and opacity over the contrast range, linear between control points, constant outside them.
struct TransferFunction {
  std::vector<ControlPoint> points;  ///< ascending in `at`; at least one
  bool operator==(const TransferFunction&) const = default;
};

/// Grey to white; opacity rises from nothing, slowly at first, to `maxOpacity`. Colours begin at grey, not at black:
/// low opacity alone makes values faint; black would darken them twice in compositing.
TransferFunction makeGreyRamp(double maxOpacity);

/// Colours at equal distances over the contrast range.
struct ColourMap {
  std::string_view id;     ///< on the command line
  std::string_view label;  ///< for people
  std::array<dvec3, 9> colours;
};

/// Maps whose steps look equally large: viridis, magma and inferno, by S. van der Walt and N. Smith (2015, CC0), at
/// every 32nd of their 256 colours; and single hues.
std::span<const ColourMap> colourMaps();

/// A map's colours with the opacity of makeGreyRamp().
TransferFunction makeColourRamp(const ColourMap& map, double maxOpacity);

/// The function with its greatest opacity scaled to `maxOpacity`; unchanged if all its opacities are 0.
TransferFunction withMaxOpacity(TransferFunction function, double maxOpacity);

dvec4 evaluate(const TransferFunction& function, double at);

/// The table that the shaders read: entry i is the function at i / 255, r, g, b, a in [0, 1].
inline constexpr int kTransferTableSize = static_cast<int>(shared::kTransferEntries);
std::array<vec4, kTransferTableSize> makeTransferTable(const TransferFunction& function);

}  // namespace volary
