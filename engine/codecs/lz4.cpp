#include "codecs/lz4.h"

#include "base/error.h"

#include <lz4.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

namespace volary {

namespace {

std::uint32_t readLittleEndian32(std::span<const std::byte> bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value |= std::to_integer<std::uint32_t>(bytes[i]) << (8 * i);
  return value;
}

/// `out` is as large as the block says that it is.
void decompressBlock(std::span<const std::byte> block, std::span<std::byte> out) {
  constexpr std::size_t kMax = std::numeric_limits<int>::max();
  if (block.size() > kMax || out.size() > kMax) fail("lz4: a block of {} bytes is absurd", block.size());
  const int written =
      LZ4_decompress_safe(reinterpret_cast<const char*>(block.data()), reinterpret_cast<char*>(out.data()),
                          static_cast<int>(block.size()), static_cast<int>(out.size()));
  if (written < 0 || static_cast<std::size_t>(written) != out.size())
    fail("lz4: the block of {} bytes is damaged or does not hold {} bytes", block.size(), out.size());
}

// LZ4BlockOutputStream of lz4-java: magic, a token (method and level), both sizes, checksum of the decoded bytes.
constexpr std::string_view kMagic = "LZ4Block";
constexpr std::size_t kHeaderBytes = kMagic.size() + 1 + 3 * 4;
constexpr unsigned kRaw = 0x10;
constexpr unsigned kLz4 = 0x20;
constexpr std::uint32_t kChecksumSeed = 0x9747b28c;
constexpr std::uint32_t kChecksumMask = 0x0fffffff;

}  // namespace

std::size_t decompressSizedLz4UpTo(std::span<const std::byte> stream, std::span<std::byte> out) {
  if (stream.size() < 4) fail("lz4: {} bytes are too few for a header", stream.size());
  const std::size_t bytes = readLittleEndian32(stream);
  if (bytes > out.size()) fail("lz4: the block holds {} bytes, more than {}", bytes, out.size());
  decompressBlock(stream.subspan(4), out.first(bytes));
  return bytes;
}

std::size_t decompressLz4BlocksUpTo(std::span<const std::byte> stream, std::span<std::byte> out) {
  if (stream.empty()) fail("lz4: the stream is empty");
  std::size_t written = 0;
  while (!stream.empty()) {
    if (stream.size() < kHeaderBytes || std::memcmp(stream.data(), kMagic.data(), kMagic.size()) != 0)
      fail("lz4: there is no block header, {} bytes before the end", stream.size());
    const unsigned method = std::to_integer<unsigned>(stream[kMagic.size()]) & 0xf0;
    const std::size_t storedBytes = readLittleEndian32(stream.subspan(kMagic.size() + 1));
    const std::size_t bytes = readLittleEndian32(stream.subspan(kMagic.size() + 5));
    const std::uint32_t checksum = readLittleEndian32(stream.subspan(kMagic.size() + 9));
    stream = stream.subspan(kHeaderBytes);
    if (bytes == 0 && storedBytes == 0) break;  // the end mark
    if (storedBytes > stream.size()) fail("lz4: a block of {} bytes is cut off after {}", storedBytes, stream.size());
    if (bytes > out.size() - written) fail("lz4: the stream holds more than {} bytes", out.size());

    const std::span<std::byte> decoded = out.subspan(written, bytes);
    if (method == kLz4) {
      decompressBlock(stream.first(storedBytes), decoded);
    } else if (method == kRaw && storedBytes == bytes) {
      std::ranges::copy(stream.first(storedBytes), decoded.begin());
    } else {
      fail("lz4: a block with the method {:#x} is unknown", method);
    }
    if ((XXH32(decoded.data(), decoded.size(), kChecksumSeed) & kChecksumMask) != checksum)
      fail("lz4: the checksum of a block is wrong");
    stream = stream.subspan(storedBytes);
    written += bytes;
  }
  return written;
}

}  // namespace volary
