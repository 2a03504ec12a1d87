#pragma once

#include <cstddef>
#include <span>

/// The two ways in which array files hold LZ4 blocks. Both functions: any thread; throw Error if the stream is damaged
/// or holds more than `out.size()` bytes.
namespace volary {

/// One block behind its decoded size, 4 bytes, little-endian (numcodecs, so Zarr): into the front of `out`; returns the
/// number of bytes written.
std::size_t decompressSizedLz4UpTo(std::span<const std::byte> stream, std::span<std::byte> out);

/// The stream of lz4-java's LZ4BlockOutputStream (so N5): blocks with headers and checksums.
std::size_t decompressLz4BlocksUpTo(std::span<const std::byte> stream, std::span<std::byte> out);

}  // namespace volary
