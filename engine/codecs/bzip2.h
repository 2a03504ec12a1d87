#pragma once

#include <cstddef>
#include <span>

namespace volary {

/// Decompresses bzip2 streams, one after the other, into the front of `out`; returns the number of bytes written. Any
/// thread. Throws Error if a stream is damaged or they hold more than `out.size()` bytes.
std::size_t decompressBzip2UpTo(std::span<const std::byte> streams, std::span<std::byte> out);

}  // namespace volary
