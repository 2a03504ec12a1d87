#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace volary {

/// Fletcher's checksum as HDF5 computes it: over big-endian 16-bit words, an odd last byte as the high half of a word.
/// Source: J. Fletcher, "An Arithmetic Checksum for Serial Transmissions", 1982; HDF5 file format, filter 3.
std::uint32_t fletcher32(std::span<const std::byte> bytes);

/// Checks the four bytes of checksum at the end of `stream` (HDF5 filter 3) and returns what stands before them. Throws
/// Error if they don't match.
std::span<const std::byte> verifyFletcher32(std::span<const std::byte> stream);

}  // namespace volary
