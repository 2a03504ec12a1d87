#include "formats/tiff/samples.h"

#include "base/byte_order.h"

#include <glm/gtc/packing.hpp>

#include <algorithm>
#include <cstring>

namespace volary::tiff {

namespace {

template <typename Bits>
void swapEach(std::span<std::byte> bytes) {
  for (std::size_t i = 0; i + sizeof(Bits) <= bytes.size(); i += sizeof(Bits)) {
    Bits value;
    std::memcpy(&value, &bytes[i], sizeof(Bits));
    value = swapBytes(value);
    std::memcpy(&bytes[i], &value, sizeof(Bits));
  }
}

std::byte reverseBits(std::byte byte) {
  unsigned bits = std::to_integer<unsigned>(byte);
  bits = (bits & 0xf0u) >> 4 | (bits & 0x0fu) << 4;
  bits = (bits & 0xccu) >> 2 | (bits & 0x33u) << 2;
  bits = (bits & 0xaau) >> 1 | (bits & 0x55u) << 1;
  return static_cast<std::byte>(bits);
}

template <typename Bits>
void takeWhole(const std::byte* from, std::int64_t stride, std::int64_t count, std::byte* to) {
  if (stride == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(Bits));
    return;
  }
  for (std::int64_t i = 0; i < count; ++i)
    std::memcpy(to + i * static_cast<std::int64_t>(sizeof(Bits)),
                from + i * stride * static_cast<std::int64_t>(sizeof(Bits)), sizeof(Bits));
}

void takeHalf(const std::byte* from, std::int64_t stride, std::int64_t count, std::byte* to) {
  for (std::int64_t i = 0; i < count; ++i) {
    std::uint16_t half;
    std::memcpy(&half, from + i * stride * 2, sizeof(half));
    const float value = glm::unpackHalf1x16(half);
    std::memcpy(to + i * 4, &value, sizeof(value));
  }
}

/// Numbers of any count of bits up to 16, the highest bit first, each row beginning on a whole byte (TIFF 6.0, section
/// 2).
void takePacked(std::span<const std::byte> row, int bits, std::int64_t firstNumber, std::int64_t stride,
                std::int64_t count, std::byte* to) {
  const std::uint32_t mask = (1u << bits) - 1;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t begin = (firstNumber + i * stride) * bits;
    const auto byte = static_cast<std::size_t>(begin / 8);
    std::uint32_t window = 0;
    for (std::size_t k = 0; k < 3; ++k)
      window = window << 8 | (byte + k < row.size() ? std::to_integer<std::uint32_t>(row[byte + k]) : 0u);
    const std::uint32_t value = window >> (24 - begin % 8 - bits) & mask;
    if (bits < 8) {
      to[i] = static_cast<std::byte>(value);
    } else {
      const auto wide = static_cast<std::uint16_t>(value);
      std::memcpy(to + i * 2, &wide, sizeof(wide));
    }
  }
}

}  // namespace

void makeNative(const PageFormat& format, ByteOrder byteOrder, std::span<std::byte> rows) {
  constexpr std::uint16_t kLowestFirst = 2;
  if (format.fillOrder == kLowestFirst) std::ranges::transform(rows, rows.begin(), reverseBits);
  if (byteOrder == nativeByteOrder()) return;
  if (format.bits == 16) swapEach<std::uint16_t>(rows);
  if (format.bits == 32) swapEach<std::uint32_t>(rows);
  if (format.bits == 64) swapEach<std::uint64_t>(rows);
}

void takeSample(const PageFormat& format, std::span<const std::byte> row, std::int64_t first, std::int64_t count,
                int sample, std::span<std::byte> out) {
  const std::int64_t stride = format.samplesTogether();
  const std::int64_t firstNumber = first * stride + sample;
  const std::byte* const from = row.data() + firstNumber * format.bits / 8;
  const bool isHalf = format.bits == 16 && *format.voxelType == VoxelType::float32;
  if (isHalf) return takeHalf(from, stride, count, out.data());
  switch (format.bits) {
    case 8: return takeWhole<std::uint8_t>(from, stride, count, out.data());
    case 16: return takeWhole<std::uint16_t>(from, stride, count, out.data());
    case 32: return takeWhole<std::uint32_t>(from, stride, count, out.data());
    case 64: return takeWhole<std::uint64_t>(from, stride, count, out.data());
    default: return takePacked(row, format.bits, firstNumber, stride, count, out.data());
  }
}

}  // namespace volary::tiff
