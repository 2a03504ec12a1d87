#pragma once

#include "scene/transfer_function.h"
#include "shared/draw.h"

#include <array>
#include <cstdint>

namespace volary {

/// The transfer function as lib/bindings.glsl has it.
struct TransferBlock {
  using Table = std::array<vec4, shared::kTransferEntries>;

  Table colours;  ///< r, g, b, not premultiplied, and opacity
  std::array<std::uint32_t, shared::kTransferEntries> nextVisible;
  /// Extinction over the length that the opacity is for, and what the medium emits: extinction * (r, g, b, 1).
  Table medium;
  /// The integral of that from entry 0 on, in entries; linear between entries is the medium, not this.
  Table integral;
};

TransferBlock makeTransferBlock(const std::array<vec4, kTransferTableSize>& table);

/// Whether the function has features so narrow that samples may step over them, such as a peak or an edge: then
/// compositing takes the medium's mean over all values between the two ends of a step. Of other functions that is the
/// middle's own medium, at less cost.
bool isSharp(const std::array<vec4, kTransferTableSize>& table);

}  // namespace volary
