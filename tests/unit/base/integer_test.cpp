// Arithmetic that C++ has no portable words for, against the extensions of the compiler that builds the tests.
#include "base/byte_order.h"
#include "base/checked_math.h"
#include "base/int128.h"

#include <catch2/catch_test_macros.hpp>

#include <bit>
#include <cstdint>
#include <random>

using namespace volary;

namespace {

__extension__ using Wide = __int128;

Wide wideOf(const Int128& value) { return std::bit_cast<Wide>(value); }

/// Numbers of any magnitude, edges among them.
std::uint64_t anyNumber(std::mt19937_64& random) {
  const std::uint64_t number = random() >> random() % 64;
  return random() % 8 == 0 ? ~number : number;
}

}  // namespace

TEST_CASE("128-bit sums, shifts and quotients are the compiler's") {
  std::mt19937_64 random(4);
  int unequal = 0, longQuotients = 0;
  for (int i = 0; i < 300'000; ++i) {
    const Wide wide = (static_cast<Wide>(anyNumber(random)) << 64 | anyNumber(random)) >> random() % 100;
    const auto value = std::bit_cast<Int128>(wide);
    const auto number = static_cast<std::int64_t>(anyNumber(random));
    unequal += wideOf(value + Int128(number)) != wide + number ? 1 : 0;
    unequal += wideOf(value + Int128(static_cast<std::uint64_t>(number))) != wide + static_cast<std::uint64_t>(number);
    const int shift = static_cast<int>(random() % 128);
    unequal += wideOf(value >> shift) != wide >> shift ? 1 : 0;
    unequal += static_cast<std::int32_t>(value) != static_cast<std::int32_t>(wide) ? 1 : 0;
    const auto divisor = static_cast<std::int64_t>(anyNumber(random) >> 1);
    if (divisor == 0) continue;
    const Wide quotient = wide / divisor - (wide % divisor < 0 ? 1 : 0);
    unequal += divideDown(value, divisor) != static_cast<std::uint64_t>(quotient) ? 1 : 0;
    longQuotients += (wide >> 64) != 0 && (wide >> 64) != -1 ? 1 : 0;
  }
  CHECK(unequal == 0);
  CHECK(longQuotients > 10'000);
}

TEST_CASE("products and sums that do not fit are refused, and all others made") {
  std::mt19937_64 random(5);
  int unequal = 0, refused = 0;
  for (int i = 0; i < 300'000; ++i) {
    const std::uint64_t a = anyNumber(random), b = anyNumber(random);
    std::uint64_t expected = 0, made = 0;
    const bool fits = !__builtin_mul_overflow(a, b, &expected);
    unequal += multiply(a, b, made) != fits || (fits && made != expected) ? 1 : 0;
    refused += fits ? 0 : 1;
    const bool sumFits = !__builtin_add_overflow(a, b, &expected);
    unequal += add(a, b, made) != sumFits || (sumFits && made != expected) ? 1 : 0;
  }
  CHECK(unequal == 0);
  CHECK(refused > 1000);
}

TEST_CASE("bytes are swapped end for end") {
  static_assert(swapBytes(std::uint8_t{0x12}) == 0x12);
  static_assert(swapBytes(std::uint16_t{0x1234}) == 0x3412);
  static_assert(swapBytes(std::uint32_t{0x12345678}) == 0x78563412);
  static_assert(swapBytes(std::uint64_t{0x123456789abcdef0}) == 0xf0debc9a78563412);
  // A value that is not a constant may compile to another instruction.
  std::mt19937_64 random(6);
  const std::uint64_t number = random();
  CHECK(swapBytes(number) == __builtin_bswap64(number));
}
