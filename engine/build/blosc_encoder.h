#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace volary {

inline constexpr int kBloscLevel = 5;

/// Blosc: bytes shuffled by values of `valueBytes`, then LZ4. Any thread. Throws Error if the library fails.
std::vector<std::byte> compressBlosc(std::span<const std::byte> bytes, std::size_t valueBytes);

}  // namespace volary
