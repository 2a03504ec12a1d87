#include "scene/transfer_function.h"

#include <algorithm>

namespace volary {

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
