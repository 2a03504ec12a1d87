// Based on: D. V. Sarwate, "Computation of cyclic redundancy checks via table look-up", 1988; eight tables at a time as in
// M. Kounavis, F. Berry, "Novel table lookup-based algorithms for high-performance CRC generation", 2008.
#include "codecs/crc32c.h"

#include <array>
#include <bit>
#include <cstring>

namespace volary {

namespace {

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

/// tables[k][b]: what byte b does to the remainder when k bytes follow it.
constexpr Tables makeTables() {
  constexpr std::uint32_t kPolynomial = 0x82f63b78;  // bits reflected
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit) remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = remainder;
  }
  for (std::size_t k = 1; k < tables.size(); ++k)
    for (std::size_t byte = 0; byte < 256; ++byte)
      tables[k][byte] = (tables[k - 1][byte] >> 8) ^ tables[0][tables[k - 1][byte] & 0xff];
  return tables;
}

constexpr Tables kTables = makeTables();

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes) {
  static_assert(std::endian::native == std::endian::little);
  std::uint32_t remainder = ~0u;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), 8);
    word ^= remainder;
    remainder = 0;
    for (std::size_t i = 0; i < 8; ++i) remainder ^= kTables[7 - i][word >> (8 * i) & 0xff];
  }
  for (const std::byte byte : bytes)
    remainder = (remainder >> 8) ^ kTables[0][(remainder ^ std::to_integer<std::uint32_t>(byte)) & 0xff];
  return ~remainder;
}

}  // namespace volary
