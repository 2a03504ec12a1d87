#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace volary {

/// The checksum CRC-32C (Castagnoli's polynomial, as iSCSI and Zarr use it: RFC 3720, section 12.1). Any thread.
std::uint32_t crc32c(std::span<const std::byte> bytes);

/// That of all bytes, where `before` is the checksum of those ahead of these.
std::uint32_t continueCrc32c(std::uint32_t before, std::span<const std::byte> bytes);

}  // namespace volary
