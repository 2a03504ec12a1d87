// Based on: HDF5 1.10, H5Zscaleoffset.c (the format is not part of the HDF5 file format specification).
//
// A record is a header of 21 bytes - minbits (u32, little-endian), the width of the minimum (u8, 8), the minimum
// (little-endian, two's complement), unused bytes - and then valueCount numbers of minbits bits each, most significant
// bit first, without padding. value = minimum + number; with a fill value defined, the number of all ones is the fill
// value. minbits = all bits of the type: the values follow as they are, little-endian.
#include "codecs/scale_offset.h"

#include "base/byte_order.h"
#include "base/error.h"
#include "base/os/processor.h"
#include "codecs/shuffle.h"
#include "codecs/unpack_avx2.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace volary {

namespace {

static_assert(std::endian::native == std::endian::little, "values are unpacked as little-endian");

constexpr std::size_t kRecordHeaderBytes = 21;

std::uint64_t readLittleEndian(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  return value;
}

/// Bits [bit, bit + width) of a stream, most significant first. Touches no byte beyond the stream's end.
std::uint64_t readBits(std::span<const std::byte> stream, std::size_t bit, unsigned width) {
  std::uint64_t value = 0;
  for (unsigned taken = 0; taken < width;) {
    const unsigned inByte = (bit + taken) % 8;
    const unsigned count = std::min(8 - inByte, width - taken);
    const auto byte = std::to_integer<unsigned>(stream[(bit + taken) / 8]);
    value = value << count | (byte >> (8 - inByte - count) & ((1u << count) - 1));
    taken += count;
  }
  return value;
}

/// The number `kIndex` of a group of eight: its place in the group's kWidth bytes is known when this is compiled.
template <typename T, unsigned kWidth, std::size_t kIndex>
T readInGroup(const std::byte* group) {
  constexpr std::size_t kBit = kIndex * kWidth;
  std::uint32_t word;
  std::memcpy(&word, group + kBit / 8, sizeof word);
  return static_cast<T>(swapBytes(word) >> (32 - kWidth - kBit % 8) & ((1u << kWidth) - 1));
}

/// unpackGroupsAvx2() for processors without AVX2.
template <typename T, unsigned kWidth, bool kFill>
void unpackGroupsPlainly(const std::byte* packed, std::size_t groups, T minimum, T fillValue, std::byte* out) {
  const auto value = [=](T number) {
    if (kFill && number == static_cast<T>((1u << kWidth) - 1)) return fillValue;
    return static_cast<T>(number + minimum);
  };
  for (std::size_t g = 0; g < groups; ++g) {
    const std::byte* const in = packed + g * kWidth;
    const T values[8] = {value(readInGroup<T, kWidth, 0>(in)), value(readInGroup<T, kWidth, 1>(in)),
                         value(readInGroup<T, kWidth, 2>(in)), value(readInGroup<T, kWidth, 3>(in)),
                         value(readInGroup<T, kWidth, 4>(in)), value(readInGroup<T, kWidth, 5>(in)),
                         value(readInGroup<T, kWidth, 6>(in)), value(readInGroup<T, kWidth, 7>(in))};
    std::memcpy(out + g * sizeof values, values, sizeof values);
  }
}

/// Unpacks as many groups of eight numbers as can be read without touching what follows the stream; returns how many
/// numbers it unpacked. A number has at most 15 bits and begins anywhere in a byte: 32 bits hold it.
template <typename T, unsigned kWidth, bool kFill>
std::size_t unpackGroups(std::span<const std::byte> packed, std::size_t count, T minimum, T fillValue, Vectors vectors,
                         std::byte* out) {
  const std::size_t reach = vectors == Vectors::avx2 ? 16 : 7 * kWidth / 8 + sizeof(std::uint32_t);
  if (packed.size() < reach) return 0;
  const std::size_t groups = std::min(count / 8, (packed.size() - reach) / kWidth + 1);
#ifdef VOLARY_X86_64
  if (vectors == Vectors::avx2) {
    unpackGroupsAvx2<T, kWidth, kFill>(packed.data(), groups, minimum, fillValue, out);
    return 8 * groups;
  }
#endif
  unpackGroupsPlainly<T, kWidth, kFill>(packed.data(), groups, minimum, fillValue, out);
  return 8 * groups;
}

/// unpackGroups for the width that the record states, from 1 to one bit less than T has.
template <typename T, bool kFill, unsigned... kWidths>
std::size_t unpackGroupsOfWidth(std::integer_sequence<unsigned, kWidths...>, unsigned width,
                                std::span<const std::byte> packed, std::size_t count, T minimum, T fillValue,
                                Vectors vectors, std::byte* out) {
  using Unpack = std::size_t (*)(std::span<const std::byte>, std::size_t, T, T, Vectors, std::byte*);
  static constexpr Unpack kUnpack[] = {unpackGroups<T, kWidths + 1, kFill>...};
  return kUnpack[width - 1](packed, count, minimum, fillValue, vectors, out);
}

template <typename T>
void unpack(std::span<const std::byte> packed, unsigned minbits, T minimum, const ScaleOffsetParameters& parameters,
            Vectors vectors, std::byte* out) {
  const T fillNumber = static_cast<T>((std::uint64_t{1} << minbits) - 1);
  const T fillValue = static_cast<T>(parameters.fillValue);
  const auto store = [&](std::size_t i, std::uint64_t bits) {
    const T number = static_cast<T>(bits);
    const T value = parameters.fillDefined && number == fillNumber ? fillValue : static_cast<T>(number + minimum);
    std::memcpy(out + i * sizeof(T), &value, sizeof(T));
  };

  std::size_t grouped = 0;
  // Profiled on Fiji's chunks (16 bit): with a width that is a variable, unpacking took 40 % of the time of a decoded
  // chunk, with a loop for each width 16 %, with vectors 5 %.
  if constexpr (sizeof(T) <= 2) {
    constexpr std::make_integer_sequence<unsigned, 8 * sizeof(T) - 1> kWidths;
    if (minbits > 0)
      grouped = parameters.fillDefined ? unpackGroupsOfWidth<T, true>(kWidths, minbits, packed, parameters.valueCount,
                                                                      minimum, fillValue, vectors, out)
                                       : unpackGroupsOfWidth<T, false>(kWidths, minbits, packed, parameters.valueCount,
                                                                       minimum, fillValue, vectors, out);
  }

  // Other types, and the last few: one 64-bit read holds a number that starts anywhere in its first byte, if it has at
  // most 57 bits, and stays inside the stream up to the last eight bytes.
  std::size_t fast = grouped;
  if (minbits == 0) {
    for (; fast < parameters.valueCount; ++fast) store(fast, 0);
  } else if (minbits <= 57 && packed.size() >= 8) {
    fast = std::max(grouped, std::min(parameters.valueCount, ((packed.size() - 8) * 8 + 7) / minbits + 1));
    std::size_t bit = grouped * minbits;
    for (std::size_t i = grouped; i < fast; ++i, bit += minbits) {
      std::uint64_t word;
      std::memcpy(&word, packed.data() + bit / 8, sizeof word);
      store(i, swapBytes(word) << bit % 8 >> (64 - minbits));
    }
  }
  for (std::size_t i = fast; i < parameters.valueCount; ++i) store(i, readBits(packed, i * minbits, minbits));
}

}  // namespace

Vectors bestVectors() {
  static const Vectors best = os::processorHasAvx2() ? Vectors::avx2 : Vectors::none;
  return best;
}

ScaleOffsetParameters parseScaleOffset(std::span<const unsigned> clientData) {
  // 0 scale type, 1 scale factor, 2 values, 3 class, 4 bytes a value, 5 sign, 6 byte order, 7 fill defined, 8.. fill.
  constexpr unsigned kIntegerScale = 2;
  constexpr unsigned kIntegerClass = 0;
  if (clientData.size() < 8) fail("scaleoffset: the filter has {} parameters, not 20", clientData.size());
  if (clientData[0] != kIntegerScale || clientData[3] != kIntegerClass)
    fail("scaleoffset: the floating-point variant of this filter is not supported");
  ScaleOffsetParameters parameters{.valueCount = clientData[2],
                                   .valueBytes = clientData[4],
                                   .bigEndian = clientData[6] == 1,
                                   .fillDefined = clientData[7] == 1};
  if (!std::has_single_bit(parameters.valueBytes) || parameters.valueBytes > 8)
    fail("scaleoffset: values of {} bytes are not supported", parameters.valueBytes);
  if (parameters.fillDefined) {
    if (clientData.size() < (parameters.valueBytes == 8 ? 10u : 9u))
      fail("scaleoffset: the filter's fill value is missing");
    parameters.fillValue = clientData[8];
    if (parameters.valueBytes == 8) parameters.fillValue |= std::uint64_t{clientData[9]} << 32;
  }
  return parameters;
}

void unpackScaleOffset(std::span<const std::byte> record, const ScaleOffsetParameters& parameters,
                       std::span<std::byte> values, Vectors vectors) {
  if (values.size() / parameters.valueBytes != parameters.valueCount || values.size() % parameters.valueBytes != 0)
    fail("scaleoffset: the filter is for {} values of {} bytes, the chunk has {} bytes", parameters.valueCount,
         parameters.valueBytes, values.size());
  if (record.size() < kRecordHeaderBytes) fail("scaleoffset: {} bytes are too few for a record", record.size());

  const std::uint64_t minbits = readLittleEndian(record.first(4));
  const std::size_t minimumBytes = std::min(std::to_integer<std::size_t>(record[4]), sizeof(std::uint64_t));
  const std::uint64_t minimum = readLittleEndian(record.subspan(5, minimumBytes));
  const std::span<const std::byte> packed = record.subspan(kRecordHeaderBytes);
  const std::size_t allBits = 8 * parameters.valueBytes;
  if (minbits > allBits) fail("scaleoffset: a record of {} bits a value, the type has {}", minbits, allBits);
  // valueCount < 2^32 and minbits <= 64: no overflow.
  if (packed.size() < (parameters.valueCount * minbits + 7) / 8)
    fail("scaleoffset: the record of {} bytes is cut off: {} values of {} bits do not fit", record.size(),
         parameters.valueCount, minbits);

  if (minbits == allBits) {
    std::ranges::copy(packed.first(values.size()), values.begin());
  } else {
    const auto width = static_cast<unsigned>(minbits);
    switch (parameters.valueBytes) {
      case 1: unpack(packed, width, static_cast<std::uint8_t>(minimum), parameters, vectors, values.data()); break;
      case 2: unpack(packed, width, static_cast<std::uint16_t>(minimum), parameters, vectors, values.data()); break;
      case 4: unpack(packed, width, static_cast<std::uint32_t>(minimum), parameters, vectors, values.data()); break;
      default: unpack(packed, width, minimum, parameters, vectors, values.data()); break;
    }
  }
  if (parameters.bigEndian) swapByteOrder(values, parameters.valueBytes);
}

}  // namespace volary
