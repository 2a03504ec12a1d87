#pragma once

#include <cstddef>
#include <span>

namespace volary {

/// Decompresses a Blosc buffer (version 1, whichever codec and shuffle its header names) into the front of `out`;
/// returns the number of bytes written. Any thread. Throws Error if the buffer is damaged or holds more than
/// `out.size()` bytes, which its header tells before anything is written.
std::size_t decompressBloscUpTo(std::span<const std::byte> buffer, std::span<std::byte> out);

}  // namespace volary
