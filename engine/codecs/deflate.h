#pragma once

#include <cstddef>
#include <span>

namespace volary {

/// Inflates a zlib stream (RFC 1950) into exactly `out.size()` bytes. Any thread. Throws Error if the stream is damaged
/// or does not hold just that many bytes.
void inflateZlib(std::span<const std::byte> stream, std::span<std::byte> out);

/// Inflates a zlib stream of unknown length into the front of `out`; returns the number of bytes written. Any thread.
/// Throws Error if the stream is damaged or holds more than `out.size()` bytes.
std::size_t inflateZlibUpTo(std::span<const std::byte> stream, std::span<std::byte> out);

}  // namespace volary
