#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace volary {

/// Inflates a zlib stream (RFC 1950) into exactly `out.size()` bytes. Any thread. Throws Error if the stream is damaged
/// or does not hold just that many bytes.
void inflateZlib(std::span<const std::byte> stream, std::span<std::byte> out);

/// Inflates a zlib stream of unknown length into the front of `out`; returns the number of bytes written. Any thread.
/// Throws Error if the stream is damaged or holds more than `out.size()` bytes.
std::size_t inflateZlibUpTo(std::span<const std::byte> stream, std::span<std::byte> out);

/// The same for a gzip stream (RFC 1952) of one or more members.
std::size_t inflateGzipUpTo(std::span<const std::byte> stream, std::span<std::byte> out);

/// The checksums of the two formats: CRC-32 (of gzip) and Adler-32 (of zlib). Any thread.
std::uint32_t crc32(std::span<const std::byte> bytes);
std::uint32_t adler32(std::span<const std::byte> bytes);

}  // namespace volary
