#pragma once

#include <cstddef>
#include <span>

namespace volary {

/// Decompresses Zstandard frames (RFC 8878) into the front of `out`; returns the number of bytes written. Any thread.
/// Throws Error if a frame is damaged or they hold more than `out.size()` bytes.
std::size_t decompressZstdUpTo(std::span<const std::byte> frames, std::span<std::byte> out);

}  // namespace volary
