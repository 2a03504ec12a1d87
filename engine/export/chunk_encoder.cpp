// Based on: HDF5 1.10, H5Zscaleoffset.c (the record's layout and the choice of bits).
#include "export/chunk_encoder.h"

#include "base/error.h"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>

namespace volary {
namespace {

static_assert(std::endian::native == std::endian::little, "chunks are stored little-endian, as they are in memory");

constexpr std::size_t kHeaderBytes = 21;

// Numbers of `bits` bits each, most significant bit first, without padding.
class BitWriter {
 public:
  explicit BitWriter(std::byte* out) : out_(out) {}

  void put(std::uint64_t value, int bits) {
    // At most 7 bits wait, so numbers of more than 56 bits go in two parts.
    if (bits > 32) {
      put(value >> 32, bits - 32);
      value &= 0xffffffffu;
      bits = 32;
    }
    waiting_ = (waiting_ << bits) | value;
    count_ += bits;
    for (; count_ >= 8; count_ -= 8) *out_++ = static_cast<std::byte>(waiting_ >> (count_ - 8));
  }
  void finish() {
    if (count_ > 0) *out_ = static_cast<std::byte>(waiting_ << (8 - count_));
  }

 private:
  std::byte* out_;
  std::uint64_t waiting_ = 0;
  int count_ = 0;
};

template <typename T>
std::vector<std::byte> packIntegers(std::span<const std::byte> voxels) {
  using Unsigned = std::make_unsigned_t<T>;
  constexpr int kAllBits = 8 * sizeof(T);
  std::vector<T> values(voxels.size() / sizeof(T));
  std::memcpy(values.data(), voxels.data(), voxels.size());

  // The range of the values other than the fill value 0; 0 itself is written as the largest packed number.
  T low = 0, high = 0;
  bool any = false;
  for (const T value : values) {
    if (value == 0) continue;
    low = any ? std::min(low, value) : value;
    high = any ? std::max(high, value) : value;
    any = true;
  }
  const auto span = static_cast<Unsigned>(static_cast<Unsigned>(high) - static_cast<Unsigned>(low));
  // Numbers 0 .. span and one more for the fill value: ceil(log2(span + 2)) bits.
  const int bits = span >= static_cast<Unsigned>(~Unsigned{0} - 2)
                       ? kAllBits
                       : static_cast<int>(std::bit_width(std::uint64_t{span} + 1));

  // One byte more than the bits need, as the library allots it.
  std::vector<std::byte> record(kHeaderBytes + values.size() * static_cast<std::size_t>(bits) / 8 + 1);
  const auto bitsField = static_cast<std::uint32_t>(bits);
  const auto minimum = static_cast<std::int64_t>(bits == kAllBits ? T{0} : low);
  std::memcpy(record.data(), &bitsField, 4);
  record[4] = std::byte{8};  // bytes of the minimum
  std::memcpy(record.data() + 5, &minimum, 8);
  if (bits == kAllBits) {
    std::memcpy(record.data() + kHeaderBytes, voxels.data(), voxels.size());
    return record;
  }
  const std::uint64_t fill = (std::uint64_t{1} << bits) - 1;
  BitWriter writer(record.data() + kHeaderBytes);
  for (const T value : values) {
    const auto offset = static_cast<Unsigned>(static_cast<Unsigned>(value) - static_cast<Unsigned>(low));
    writer.put(value == 0 ? fill : std::uint64_t{offset}, bits);
  }
  writer.finish();
  return record;
}

bool takesNoBits(std::span<const std::byte> record, VoxelType type) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, record.data(), sizeof(bits));
  return bits == 8 * voxelBytes(type);
}

// HDF5's shuffle filter: first all first bytes, then all second bytes ...
std::vector<std::byte> shuffle(std::span<const std::byte> voxels, std::size_t size) {
  std::vector<std::byte> shuffled(voxels.size());
  const std::size_t count = voxels.size() / size;
  for (std::size_t byte = 0; byte < size; ++byte)
    for (std::size_t i = 0; i < count; ++i) shuffled[byte * count + i] = voxels[i * size + byte];
  return shuffled;
}

struct FreeCompressor {
  void operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }
};

// This thread's own compressor of a level from 1 to 9.
libdeflate_compressor* compressorOf(int level) {
  thread_local std::array<std::unique_ptr<libdeflate_compressor, FreeCompressor>, 10> compressors;
  auto& compressor = compressors.at(static_cast<std::size_t>(level));
  if (!compressor) compressor.reset(libdeflate_alloc_compressor(level));
  if (!compressor) fail("deflate: out of memory");
  return compressor.get();
}

std::vector<std::byte> deflateZlib(std::span<const std::byte> bytes, int level) {
  libdeflate_compressor* const compressor = compressorOf(level);
  std::vector<std::byte> stream(libdeflate_zlib_compress_bound(compressor, bytes.size()));
  stream.resize(libdeflate_zlib_compress(compressor, bytes.data(), bytes.size(), stream.data(), stream.size()));
  return stream;
}

}  // namespace

std::vector<std::byte> packScaleOffset(VoxelType type, std::span<const std::byte> voxels) {
  if (type == VoxelType::uint16) type = VoxelType::int16;
  return visitVoxelType(type, [&]<typename T>(T) -> std::vector<std::byte> {
    if constexpr (std::is_integral_v<T>) return packIntegers<T>(voxels);
    fail("scale-offset: voxels of type {} are no integers", voxelTypeName(type));
  });
}

std::vector<std::byte> deflateGzip(std::span<const std::byte> bytes, int level) {
  libdeflate_compressor* const compressor = compressorOf(level);
  std::vector<std::byte> stream(libdeflate_gzip_compress_bound(compressor, bytes.size()));
  stream.resize(libdeflate_gzip_compress(compressor, bytes.data(), bytes.size(), stream.data(), stream.size()));
  return stream;
}

EncodedBdvChunk encodeBdvChunk(VoxelType type, std::span<const std::byte> voxels, int deflateLevel) {
  if (deflateLevel == 0) return {.bytes = {voxels.begin(), voxels.end()}};
  if (!isInteger(type)) return {.bytes = deflateZlib(shuffle(voxels, voxelBytes(type)), deflateLevel)};
  constexpr std::uint32_t kPastScaleOffset = 1;
  const std::vector<std::byte> record = packScaleOffset(type, voxels);
  if (takesNoBits(record, type)) return {deflateZlib(voxels, deflateLevel), kPastScaleOffset};
  return {.bytes = deflateZlib(record, deflateLevel)};
}

}  // namespace volary
