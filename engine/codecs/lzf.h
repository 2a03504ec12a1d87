#pragma once

#include <cstddef>
#include <span>

namespace volary {

/// Expands an LZF stream (liblzf; HDF5 filter 32000, as h5py writes it) into the front of `out`; returns the number of
/// bytes written. Any thread. Throws Error if the stream is damaged or holds more than `out.size()` bytes.
std::size_t expandLzfUpTo(std::span<const std::byte> stream, std::span<std::byte> out);

}  // namespace volary
