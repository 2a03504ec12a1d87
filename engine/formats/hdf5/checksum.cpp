// Based on: B. Jenkins, "lookup3.c", 2006 (the algorithm; public domain).
#include "formats/hdf5/checksum.h"

#include "base/error.h"

#include <algorithm>
#include <array>
#include <bit>

namespace volary::hdf5 {

namespace {

std::uint32_t word(std::span<const std::byte> bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::to_integer<std::uint32_t>(bytes[i]) << (8 * i);
  return value;
}

struct State {
  std::uint32_t a, b, c;

  void add(std::span<const std::byte> twelve) {
    a += word(twelve.subspan(0, 4));
    b += word(twelve.subspan(4, 4));
    c += word(twelve.subspan(8, 4));
  }

  void mix() {
    a -= c;
    a ^= std::rotl(c, 4);
    c += b;
    b -= a;
    b ^= std::rotl(a, 6);
    a += c;
    c -= b;
    c ^= std::rotl(b, 8);
    b += a;
    a -= c;
    a ^= std::rotl(c, 16);
    c += b;
    b -= a;
    b ^= std::rotl(a, 19);
    a += c;
    c -= b;
    c ^= std::rotl(b, 4);
    b += a;
  }

  void finish() {
    c ^= b;
    c -= std::rotl(b, 14);
    a ^= c;
    a -= std::rotl(c, 11);
    b ^= a;
    b -= std::rotl(a, 25);
    c ^= b;
    c -= std::rotl(b, 16);
    a ^= c;
    a -= std::rotl(c, 4);
    b ^= a;
    b -= std::rotl(a, 14);
    c ^= b;
    c -= std::rotl(b, 24);
  }
};

}  // namespace

std::uint32_t lookup3(std::span<const std::byte> bytes) {
  const std::uint32_t start = 0xdeadbeefu + static_cast<std::uint32_t>(bytes.size());
  State state{start, start, start};
  // The last 1 to 12 bytes go through the final mixing instead, filled up with zeros.
  while (bytes.size() > 12) {
    state.add(bytes);
    state.mix();
    bytes = bytes.subspan(12);
  }
  if (bytes.empty()) return state.c;
  std::array<std::byte, 12> last{};
  std::ranges::copy(bytes, last.begin());
  state.add(last);
  state.finish();
  return state.c;
}

void requireChecksum([[maybe_unused]] std::span<const std::byte> bytes, [[maybe_unused]] std::uint32_t stated,
                     [[maybe_unused]] const char* what) {
#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  if (lookup3(bytes) != stated) fail("a {} is damaged: its checksum is wrong", what);
#endif
}

void verifyChecksum(std::span<const std::byte> block, const char* what) {
  if (block.size() < 4) fail("a {} is too short", what);
  const std::size_t end = block.size() - 4;
  requireChecksum(block.first(end), word(block.subspan(end, 4)), what);
}

}  // namespace volary::hdf5
