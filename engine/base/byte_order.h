#pragma once

#include <concepts>
#include <cstdint>

namespace volary {

/// The bytes of a number the other way round. (std::byteswap is C++23's; compilers make one instruction of this.)
template <std::unsigned_integral T>
constexpr T swapBytes(T value) {
  static_assert(sizeof(T) <= 8);
  if constexpr (sizeof(T) == 1) {
    return value;
  } else if constexpr (sizeof(T) == 2) {
    return static_cast<T>(value << 8 | value >> 8);
  } else if constexpr (sizeof(T) == 4) {
    return (value & 0xff) << 24 | (value & 0xff00) << 8 | (value >> 8 & 0xff00) | value >> 24;
  } else {
    return T{swapBytes(static_cast<std::uint32_t>(value))} << 32 | swapBytes(static_cast<std::uint32_t>(value >> 32));
  }
}

}  // namespace volary
