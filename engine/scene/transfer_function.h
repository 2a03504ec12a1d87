#pragma once

#include "base/geometry.h"

#include <array>
#include <string>
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

/// Grey to white; opacity rises from nothing, slowly at first, to `maxOpacity`. Colours begin at grey, not at black: what
/// is faint is told by its opacity alone, or compositing would darken it twice.
TransferFunction makeGreyRamp(double maxOpacity);

dvec4 evaluate(const TransferFunction& function, double at);

/// The table that the shaders read: entry i is the function at i / 255, r, g, b, a in [0, 1].
inline constexpr int kTransferTableSize = 256;
std::array<vec4, kTransferTableSize> makeTransferTable(const TransferFunction& function);

}  // namespace volary
