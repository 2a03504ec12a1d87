#pragma once

#include "scene/transfer_function.h"
#include "shared/draw.h"

#include <array>
#include <cstdint>

namespace volary {

/// The transfer function in the layout of lib/bindings.glsl.
struct TransferBlock {
  using Table = std::array<vec4, shared::kTransferEntries>;

  Table colours;  ///< r, g, b, not premultiplied, and opacity
  std::array<std::uint32_t, shared::kTransferEntries> nextVisible;
  /// The medium's emission and extinction, over the length that the opacity is for: extinction * (r, g, b, 1).
  Table medium;
  /// The integral of `medium` from entry 0 on, in entries. The medium is linear between entries, the integral is not.
  Table integral;
};

TransferBlock makeTransferBlock(const std::array<vec4, kTransferTableSize>& table);

/// Whether the function has features so narrow that samples may step over them, such as a peak or an edge: then
/// compositing takes the medium's mean over all values between the two ends of a step. With other functions it takes
/// the medium at the middle, at less cost.
bool isSharp(const std::array<vec4, kTransferTableSize>& table);

}  // namespace volary
