#include "base/error.h"
#include "codecs/blosc.h"
#include "codecs/bzip2.h"
#include "codecs/crc32c.h"
#include "codecs/deflate.h"
#include "codecs/fletcher32.h"
#include "codecs/lz4.h"
#include "codecs/lzf.h"
#include "codecs/scale_offset.h"
#include "codecs/shuffle.h"
#include "codecs/xz.h"
#include "codecs/zstd.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstring>
#include <random>
#include <string_view>
#include <vector>

using namespace volary;

namespace {

std::vector<std::byte> randomBytes(std::size_t count, std::mt19937_64& random) {
  std::vector<std::byte> bytes(count);
  for (std::byte& b : bytes) b = static_cast<std::byte>(random());
  return bytes;
}

std::vector<std::byte> bytesOf(std::string_view text) {
  std::vector<std::byte> bytes(text.size());
  if (!bytes.empty()) std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

/// A scale-offset record written bit by bit, the slow and plain way.
std::vector<std::byte> packPlainly(const std::vector<std::uint64_t>& numbers, unsigned minbits, std::uint64_t minimum) {
  std::vector<std::byte> record(21 + (numbers.size() * minbits + 7) / 8);
  record[0] = static_cast<std::byte>(minbits);
  record[4] = std::byte{8};
  for (int i = 0; i < 8; ++i) record[5 + i] = static_cast<std::byte>(minimum >> (8 * i));
  std::size_t bit = 0;
  for (const std::uint64_t number : numbers)
    for (unsigned i = minbits; i-- > 0; ++bit)
      record[21 + bit / 8] |= static_cast<std::byte>((number >> i & 1) << (7 - bit % 8));
  return record;
}

std::uint64_t valueAt(const std::vector<std::byte>& values, std::size_t i, std::size_t width) {
  std::uint64_t value = 0;
  std::memcpy(&value, values.data() + i * width, width);
  return value;
}

}  // namespace

TEST_CASE("scale-offset records of every width of every type unpack to minimum plus number, or the fill value") {
  std::mt19937_64 random(1);
  for (const std::size_t width : {1, 2, 4, 8})
    for (unsigned minbits = 0; minbits < 8 * width; ++minbits)
      for (const std::size_t count : {1, 2, 7, 8, 9, 64, 501})
        for (const bool fill : {false, true}) {
          const std::uint64_t typeMask = width == 8 ? ~0ull : (1ull << (8 * width)) - 1;
          const std::uint64_t all = (1ull << minbits) - 1;
          std::vector<std::uint64_t> numbers(count);
          for (std::uint64_t& number : numbers) number = random() % 4 == 0 ? all : random() & all;
          const std::uint64_t minimum = random() & typeMask;
          const std::uint64_t fillValue = random() & typeMask;
          // Of exactly its length, so that a sanitizer sees a read past the end.
          const std::vector<std::byte> record = packPlainly(numbers, minbits, minimum);
          for (const Vectors vectors : {Vectors::none, bestVectors()}) {
            std::vector<std::byte> values(count * width);
            unpackScaleOffset(record,
                              {.valueCount = count, .valueBytes = width, .fillDefined = fill, .fillValue = fillValue},
                              values, vectors);
            for (std::size_t i = 0; i < count; ++i) {
              INFO("width " << width << " minbits " << minbits << " count " << count << " fill " << fill << " i " << i
                            << " vectors " << int(vectors));
              const bool isFill = fill && numbers[i] == all;
              REQUIRE(valueAt(values, i, width) == (isFill ? fillValue : (numbers[i] + minimum) & typeMask));
            }
          }
        }
}

TEST_CASE("a scale-offset record of full width holds the values as they are") {
  std::mt19937_64 random(2);
  for (const std::size_t width : {1, 2, 4, 8}) {
    const std::vector<std::byte> expected = randomBytes(40 * width, random);
    std::vector<std::byte> record(21);
    record[0] = static_cast<std::byte>(8 * width);
    record[4] = std::byte{8};
    record.insert(record.end(), expected.begin(), expected.end());
    std::vector<std::byte> values(expected.size());
    unpackScaleOffset(record, {.valueCount = 40, .valueBytes = width, .fillDefined = true}, values);
    CHECK(values == expected);
    unpackScaleOffset(record, {.valueCount = 40, .valueBytes = width, .bigEndian = true}, values);
    swapByteOrder(values, width);
    CHECK(values == expected);
  }
}

TEST_CASE("every cut-off scale-offset record is an error") {
  std::mt19937_64 random(3);
  std::vector<std::uint64_t> numbers(33);
  for (std::uint64_t& number : numbers) number = random() & 0x7ff;
  const std::vector<std::byte> record = packPlainly(numbers, 11, 5);
  std::vector<std::byte> values(66);
  const ScaleOffsetParameters parameters{.valueCount = 33, .valueBytes = 2};
  for (std::size_t length = 0; length < record.size(); ++length) {
    // A buffer of its own, so that a sanitizer sees a read past the end.
    const std::vector<std::byte> cut(record.begin(), record.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK_THROWS_AS(unpackScaleOffset(cut, parameters, values), Error);
  }
  CHECK_NOTHROW(unpackScaleOffset(record, parameters, values));

  std::vector<std::byte> tooWide = record;
  tooWide[0] = std::byte{17};
  CHECK_THROWS_AS(unpackScaleOffset(tooWide, parameters, values), Error);
  tooWide[3] = std::byte{255};
  CHECK_THROWS_AS(unpackScaleOffset(tooWide, parameters, values), Error);
  std::vector<std::byte> wrongRoom(64);
  CHECK_THROWS_AS(unpackScaleOffset(record, parameters, wrongRoom), Error);
}

TEST_CASE("scale-offset parameters that make no sense are refused") {
  const std::vector<unsigned> integers = {2, 0, 4096, 0, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  CHECK(parseScaleOffset(integers).valueCount == 4096);
  std::vector<unsigned> changed = integers;
  changed[0] = 0;
  changed[3] = 1;
  CHECK_THROWS_AS(parseScaleOffset(changed), Error);  // floating point
  changed = integers;
  changed[4] = 3;
  CHECK_THROWS_AS(parseScaleOffset(changed), Error);
  changed[4] = 0;
  CHECK_THROWS_AS(parseScaleOffset(changed), Error);
  for (std::size_t count = 0; count < 9; ++count)
    CHECK_THROWS_AS(parseScaleOffset(std::span(integers).first(count)), Error);
}

TEST_CASE("unshuffle gathers the bytes of each value, and leaves a rest in place") {
  std::mt19937_64 random(4);
  for (const std::size_t width : {1, 2, 3, 4, 8, 16})
    for (const std::size_t rest : {0, 1}) {
      const std::size_t count = 37;
      const std::vector<std::byte> values = randomBytes(count * width + (width > 1 ? rest : 0), random);
      std::vector<std::byte> shuffled = values;
      for (std::size_t i = 0; i < count; ++i)
        for (std::size_t b = 0; b < width; ++b) shuffled[b * count + i] = values[i * width + b];
      std::vector<std::byte> out(values.size());
      unshuffle(shuffled, out, width);
      CHECK(out == values);
    }
}

TEST_CASE("values that are said to be wider than all bytes together stay as they are") {
  std::mt19937_64 random(5);
  const std::vector<std::byte> bytes = randomBytes(100, random);
  // A loop of as many steps as that width would never end.
  constexpr std::size_t kWidth = ~std::size_t{0} / 2;
  std::vector<std::byte> out(bytes.size());
  unshuffle(bytes, out, kWidth);
  CHECK(out == bytes);
  swapByteOrder(out, kWidth);
  CHECK(out == bytes);
}

TEST_CASE("byte order is swapped value by value") {
  std::vector<std::byte> bytes = bytesOf("abcdefgh");
  swapByteOrder(bytes, 4);
  CHECK(bytes == bytesOf("dcbahgfe"));
  swapByteOrder(bytes, 1);
  CHECK(bytes == bytesOf("dcbahgfe"));
  swapByteOrder(bytes, 8);
  CHECK(bytes == bytesOf("efghabcd"));
}

TEST_CASE("fletcher32 is HDF5's, and a changed byte is found") {
  CHECK(fletcher32({}) == 0);
  CHECK(fletcher32(bytesOf("ba")) == 0x62616261u);
  CHECK(fletcher32(bytesOf("badc")) == ((0x6261u * 2 + 0x6463u) % 0xffffu << 16 | (0x6261u + 0x6463u) % 0xffffu));

  std::mt19937_64 random(5);
  std::vector<std::byte> stream = randomBytes(5001, random);
  const std::uint32_t sum = fletcher32(stream);
  for (int i = 0; i < 4; ++i) stream.push_back(static_cast<std::byte>(sum >> (8 * i)));
  CHECK(verifyFletcher32(stream).size() == 5001);
  stream[1234] ^= std::byte{1};
  CHECK_THROWS_AS(verifyFletcher32(stream), Error);
  CHECK_THROWS_AS(verifyFletcher32(std::span(stream).first(3)), Error);
}

TEST_CASE("lzf expands literals and back references, and refuses damage") {
  // A run of 5 literals, then a reference of 3 + 2 bytes at distance 3, and one that overlaps itself.
  std::vector<std::byte> stream = bytesOf(std::string_view("\x04hello", 6));
  stream.push_back(std::byte{0x60});  // length 3 + 2
  stream.push_back(std::byte{0x02});  // distance 2 + 1
  std::vector<std::byte> out(100);
  CHECK(expandLzfUpTo(stream, out) == 10);
  CHECK(std::vector(out.begin(), out.begin() + 10) == bytesOf("hellolloll"));
  CHECK_THROWS_AS(expandLzfUpTo(stream, std::span(out).first(9)), Error);

  std::vector<std::byte> tooFar = stream;
  tooFar.back() = std::byte{0x05};
  CHECK_THROWS_AS(expandLzfUpTo(tooFar, out), Error);
  std::mt19937_64 random(6);
  for (int i = 0; i < 2000; ++i) {
    const std::vector<std::byte> noise = randomBytes(random() % 200, random);
    std::size_t length = 0;
    try {
      length = expandLzfUpTo(noise, out);
    } catch (const Error&) {
      // Noise is mostly refused; where it is not, the result must still fit.
    }
    CHECK(length <= out.size());
  }
}

TEST_CASE("deflate refuses a stream that is damaged, too long or too short") {
  // zlib.compress(b"aaaaaaaaaa")
  const std::vector<std::byte> stream = bytesOf(std::string_view("\x78\x9c\x4b\x84\x03\x00\x14\xe1\x03\xcb", 10));
  std::vector<std::byte> out(10);
  inflateZlib(stream, out);
  CHECK(out == bytesOf("aaaaaaaaaa"));
  std::vector<std::byte> room(50);
  CHECK(inflateZlibUpTo(stream, room) == 10);
  CHECK_THROWS_AS(inflateZlib(stream, room), Error);
  CHECK_THROWS_AS(inflateZlib(stream, std::span(out).first(9)), Error);
  for (std::size_t length = 0; length < stream.size(); ++length)
    CHECK_THROWS_AS(inflateZlib(std::span(stream).first(length), out), Error);
  std::vector<std::byte> damaged = stream;
  damaged[9] ^= std::byte{1};
  CHECK_THROWS_AS(inflateZlib(damaged, out), Error);
}

TEST_CASE("the checksums give the values that their specifications state") {
  CHECK(crc32c(bytesOf("123456789")) == 0xe3069283);  // RFC 3720, B.4, and its check value
  CHECK(crc32c(std::vector<std::byte>(32, std::byte{0})) == 0x8a9136aa);
  CHECK(crc32c(std::vector<std::byte>(32, std::byte{0xff})) == 0x62a8ab43);
  CHECK(crc32c(bytesOf("")) == 0);
  for (const std::size_t cut : {0, 1, 7, 8, 9}) {
    const std::vector<std::byte> whole = bytesOf("123456789");
    CHECK(continueCrc32c(crc32c(std::span(whole).first(cut)), std::span(whole).subspan(cut)) == 0xe3069283);
  }
  CHECK(crc32(bytesOf("123456789")) == 0xcbf43926);
  CHECK(adler32(bytesOf("Wikipedia")) == 0x11e60398);
}

TEST_CASE("random bytes are an error to every decompressor, and nothing is written beyond the end") {
  std::mt19937_64 random(7);
  constexpr std::size_t kRoom = 256;
  for (const auto decompress : {decompressBloscUpTo, decompressBzip2UpTo, decompressLz4BlocksUpTo,
                                decompressSizedLz4UpTo, decompressXzUpTo, decompressZstdUpTo, inflateGzipUpTo})
    for (std::size_t length = 0; length < 300; ++length) {
      std::vector<std::byte> out(kRoom + 8, std::byte{0xa5});
      CHECK_THROWS_AS(decompress(randomBytes(length, random), std::span(out).first(kRoom)), Error);
      CHECK(std::all_of(out.begin() + kRoom, out.end(), [](std::byte b) { return b == std::byte{0xa5}; }));
    }
}

TEST_CASE("streams of zstd, bzip2 and gzip that follow each other are one") {
  // "abc" by the tools of these names.
  const std::vector<std::byte> zstd = bytesOf({"\x28\xb5\x2f\xfd\x00\x58\x19\x00\x00\x61\x62\x63", 12});
  std::vector<std::byte> twice = zstd;
  twice.insert(twice.end(), zstd.begin(), zstd.end());
  std::vector<std::byte> out(6);
  CHECK(decompressZstdUpTo(twice, out) == 6);
  CHECK(out == bytesOf("abcabc"));

  const std::vector<std::byte> gzip =
      bytesOf({"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x4c\x4a\x06\x00\xc2\x41\x24\x35\x03\x00\x00\x00", 23});
  twice = gzip;
  twice.insert(twice.end(), gzip.begin(), gzip.end());
  std::ranges::fill(out, std::byte{0});
  CHECK(inflateGzipUpTo(twice, out) == 6);
  CHECK(out == bytesOf("abcabc"));
  CHECK_THROWS_AS(inflateGzipUpTo(twice, std::span(out).first(5)), Error);
}

TEST_CASE("blocks of lz4-java are decoded, stored ones too, and their checksums are checked") {
  // The text "abc" as a block that could not be made smaller (method 1), and the end mark.
  std::string stream(
      "LZ4Block\x16\x03\0\0\0\x03\0\0\0\x22\xb2\x4c\x0d"
      "abcLZ4Block\x16\0\0\0\0\0\0\0\0\0\0\0\0",
      45);
  std::vector<std::byte> out(3);
  CHECK(decompressLz4BlocksUpTo(bytesOf(stream), out) == 3);
  CHECK(out == bytesOf("abc"));
  stream[21] = 'b';
  CHECK_THROWS_AS(decompressLz4BlocksUpTo(bytesOf(stream), out), Error);
}
