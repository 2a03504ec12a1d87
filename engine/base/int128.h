#pragma once

#include <bit>
#include <concepts>
#include <cstdint>

namespace volary {

/// A signed integer of 128 bits, for sums of 64-bit voxels. Two's complement: what does not fit wraps around.
class Int128 {
 public:
  constexpr Int128() = default;
  template <std::integral T>
  constexpr explicit Int128(T value) : low_(static_cast<std::uint64_t>(value)), high_(value < T{0} ? ~0ull : 0ull) {}

  /// The lowest bits.
  template <std::integral T>
  constexpr explicit operator T() const {
    return static_cast<T>(low_);
  }

  friend constexpr Int128 operator+(Int128 a, const Int128& b) {
    a.low_ += b.low_;
    a.high_ += b.high_ + (a.low_ < b.low_ ? 1 : 0);
    return a;
  }
  /// A division by a power of two that rounds down; `count` is 0 to 127.
  friend constexpr Int128 operator>>(const Int128& a, int count) {
    const auto high = static_cast<std::int64_t>(a.high_);
    if (count == 0) return a;
    if (count >= 64) return fromWords(static_cast<std::uint64_t>(high >> (count - 64)), high < 0 ? ~0ull : 0);
    return fromWords(a.low_ >> count | a.high_ << (64 - count), static_cast<std::uint64_t>(high >> count));
  }
  friend constexpr bool operator==(const Int128&, const Int128&) = default;

  /// The quotient, rounded down, which must have 64 bits; `divisor` > 0.
  friend constexpr std::uint64_t divideDown(const Int128& a, std::int64_t divisor) {
    // For negative numbers floor(a / d) = -1 - floor((-1 - a) / d).
    const auto by = static_cast<std::uint64_t>(divisor);
    return static_cast<std::int64_t>(a.high_) < 0 ? ~divideWords(~a.high_, ~a.low_, by)
                                                  : divideWords(a.high_, a.low_, by);
  }

 private:
  static constexpr Int128 fromWords(std::uint64_t low, std::uint64_t high) {
    Int128 value;
    value.low_ = low;
    value.high_ = high;
    return value;
  }

  /// floor((high * 2^64 + low) / divisor) modulo 2^64: two digits of 32 bits, one after the other, as in D. E. Knuth,
  /// The Art of Computer Programming 2, 4.3.1, algorithm D.
  static constexpr std::uint64_t divideWords(std::uint64_t high, std::uint64_t low, std::uint64_t divisor) {
    high %= divisor;
    if (high == 0) return low / divisor;
    // So that the divisor's first digit is large, and the guess for a digit of the quotient too large by 2 at most.
    const int shift = std::countl_zero(divisor);
    divisor <<= shift;
    if (shift > 0) high = high << shift | low >> (64 - shift);
    low <<= shift;
    constexpr std::uint64_t kDigit = std::uint64_t{1} << 32;
    const std::uint64_t first = divisor / kDigit, second = divisor % kDigit;
    const auto digit = [&](std::uint64_t rest, std::uint64_t next) {
      std::uint64_t guess = rest / first, left = rest % first;
      while (guess >= kDigit || guess * second > left * kDigit + next) {
        --guess;
        left += first;
        if (left >= kDigit) break;
      }
      return guess;
    };
    const std::uint64_t upper = digit(high, low / kDigit);
    const std::uint64_t rest = high * kDigit + low / kDigit - upper * divisor;
    return upper * kDigit + digit(rest, low % kDigit);
  }

  std::uint64_t low_ = 0;
  std::uint64_t high_ = 0;
};

}  // namespace volary
