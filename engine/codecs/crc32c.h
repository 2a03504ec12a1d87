#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace volary {

/// The checksum CRC-32C (Castagnoli's polynomial, as iSCSI and Zarr use it: RFC 3720, section 12.1). Any thread.
std::uint32_t crc32c(std::span<const std::byte> bytes);

/// The checksum of all bytes so far; `before` is that of the bytes before these.
std::uint32_t continueCrc32c(std::uint32_t before, std::span<const std::byte> bytes);

}  // namespace volary
