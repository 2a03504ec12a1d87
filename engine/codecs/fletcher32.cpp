#include "codecs/fletcher32.h"

#include "base/error.h"

#include <algorithm>

namespace volary {

std::uint32_t fletcher32(std::span<const std::byte> bytes) {
  // 360 words is the longest run after which neither sum can have overflowed 32 bits.
  constexpr std::size_t kRunWords = 360;
  const auto fold = [](std::uint32_t sum) { return (sum & 0xffffu) + (sum >> 16); };
  std::uint32_t sum1 = 0;
  std::uint32_t sum2 = 0;
  std::size_t at = 0;
  while (bytes.size() - at >= 2) {
    const std::size_t words = std::min((bytes.size() - at) / 2, kRunWords);
    for (std::size_t i = 0; i < words; ++i, at += 2) {
      sum1 += std::to_integer<std::uint32_t>(bytes[at]) << 8 | std::to_integer<std::uint32_t>(bytes[at + 1]);
      sum2 += sum1;
    }
    sum1 = fold(sum1);
    sum2 = fold(sum2);
  }
  if (at < bytes.size()) {
    sum1 += std::to_integer<std::uint32_t>(bytes[at]) << 8;
    sum2 += sum1;
    sum1 = fold(sum1);
    sum2 = fold(sum2);
  }
  return fold(sum2) << 16 | fold(sum1);
}

std::span<const std::byte> verifyFletcher32(std::span<const std::byte> stream) {
  if (stream.size() < 4) fail("fletcher32: {} bytes are too few to hold a checksum", stream.size());
  const std::span<const std::byte> data = stream.first(stream.size() - 4);
  std::uint32_t stored = 0;
  for (std::size_t i = 0; i < 4; ++i) stored |= std::to_integer<std::uint32_t>(stream[data.size() + i]) << (8 * i);
  const std::uint32_t computed = fletcher32(data);
  // HDF5 before 1.6.3 swapped the bytes of each half on little-endian machines; the library still accepts it.
  const std::uint32_t legacy = (computed & 0x00ff00ffu) << 8 | (computed & 0xff00ff00u) >> 8;
  if (stored != computed && stored != legacy)
    fail("fletcher32: the checksum is {:08x}, the bytes give {:08x}", stored, computed);
  return data;
}

}  // namespace volary
