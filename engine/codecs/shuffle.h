#pragma once

#include <cstddef>
#include <span>

namespace volary {

/// Undoes HDF5's byte shuffle (filter 2): byte b of value i stands at b * count + i. Bytes after the last whole value
/// are copied. `in` and `out` have the same size and do not overlap; `valueBytes` >= 1. Any thread.
void unshuffle(std::span<const std::byte> in, std::span<std::byte> out, std::size_t valueBytes);

/// Reverses the bytes of each value of `valueBytes` (1, 2, 4 or 8; other widths too, slowly). Any thread.
void swapByteOrder(std::span<std::byte> values, std::size_t valueBytes);

}  // namespace volary
