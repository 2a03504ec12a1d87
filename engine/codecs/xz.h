#pragma once

#include <cstddef>
#include <span>

namespace volary {

/// Decompresses an .xz stream, or one of the older .lzma format, into the front of `out`; returns the number of bytes
/// written. Any thread. Throws Error if the stream is damaged, holds more than `out.size()` bytes, or asks for an
/// absurd dictionary.
std::size_t decompressXzUpTo(std::span<const std::byte> stream, std::span<std::byte> out);

}  // namespace volary
