// Based on: D. V. Sarwate, "Computation of cyclic redundancy checks via table look-up", 1988; eight tables at a time as
// in M. Kounavis, F. Berry, "Novel table lookup-based algorithms for high-performance CRC generation", 2008.
#include "codecs/crc32c.h"

#include "base/os/processor.h"

#include <array>

#ifdef VOLARY_X86_64
#include <nmmintrin.h>
#endif

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

/// The next eight bytes, the first as the lowest.
constexpr std::uint64_t loadWord(std::span<const std::byte> bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < 8; ++i) word |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  return word;
}

constexpr std::uint32_t divideByTables(std::uint32_t remainder, std::span<const std::byte> bytes) {
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    const std::uint64_t word = loadWord(bytes) ^ remainder;
    remainder = 0;
    for (std::size_t i = 0; i < 8; ++i) remainder ^= kTables[7 - i][word >> (8 * i) & 0xff];
  }
  for (const std::byte byte : bytes)
    remainder = (remainder >> 8) ^ kTables[0][(remainder ^ std::to_integer<std::uint32_t>(byte)) & 0xff];
  return remainder;
}

// Where the processor has an instruction for it, no test would notice an error here.
static_assert(
    [] {
      std::array<std::byte, 9> bytes{};
      for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>('1' + i);
      return ~divideByTables(~0u, bytes) == 0xe3069283;
    }(),
    "the check value of RFC 3720, B.4");

#ifdef VOLARY_X86_64
/// Processors of the last fifteen years have an instruction for it, which is six times as fast.
VOLARY_TARGET("sse4.2") std::uint32_t divideByInstruction(std::uint32_t remainder, std::span<const std::byte> bytes) {
  std::uint64_t wide = remainder;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) wide = _mm_crc32_u64(wide, loadWord(bytes));
  remainder = static_cast<std::uint32_t>(wide);
  for (const std::byte byte : bytes) remainder = _mm_crc32_u8(remainder, std::to_integer<std::uint8_t>(byte));
  return remainder;
}
#endif

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes) { return continueCrc32c(0, bytes); }

std::uint32_t continueCrc32c(std::uint32_t before, std::span<const std::byte> bytes) {
#ifdef VOLARY_X86_64
  static const bool hasInstruction = os::processorHasSse42();
  if (hasInstruction) return ~divideByInstruction(~before, bytes);
#endif
  return ~divideByTables(~before, bytes);
}

}  // namespace volary
