#include "formats/arrays/codec_steps.h"

#include "base/error.h"
#include "codecs/blosc.h"
#include "codecs/bzip2.h"
#include "codecs/crc32c.h"
#include "codecs/deflate.h"
#include "codecs/fletcher32.h"
#include "codecs/lz4.h"
#include "codecs/shuffle.h"
#include "codecs/xz.h"
#include "codecs/zstd.h"

#include <algorithm>
#include <string>

namespace volary::arrays {

namespace {

using Input = std::span<const std::byte>;
using Output = std::span<std::byte>;

constexpr std::size_t kChecksumBytes = 4;

// RFC 1952: a gzip member begins with 0x1f, which no zlib stream does.
std::size_t inflateAny(Input in, Output out) {
  const bool isGzip = in.size() >= 2 && in[0] == std::byte{0x1f} && in[1] == std::byte{0x8b};
  return isGzip ? inflateGzipUpTo(in, out) : inflateZlibUpTo(in, out);
}

struct Compressor {
  std::string_view name;
  std::size_t (*undo)(Input, Output);
};

constexpr Compressor kCompressors[] = {
    {"blosc", decompressBloscUpTo}, {"zstd", decompressZstdUpTo},    {"gzip", inflateAny},
    {"zlib", inflateAny},           {"lz4", decompressSizedLz4UpTo}, {"bz2", decompressBzip2UpTo},
    {"bzip2", decompressBzip2UpTo}, {"lzma", decompressXzUpTo},      {"xz", decompressXzUpTo},
};

struct Checksum {
  std::string_view name;
  std::uint32_t (*compute)(Input);  ///< null: Fletcher's, which has its own byte orders
  ChecksumPlace place;
};

constexpr Checksum kChecksums[] = {
    {"crc32c", crc32c, ChecksumPlace::end},
    {"crc32", crc32, ChecksumPlace::start},
    {"adler32", adler32, ChecksumPlace::start},
    {"fletcher32", nullptr, ChecksumPlace::end},
};

std::uint32_t readLittleEndian32(Input bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < kChecksumBytes; ++i) value |= std::to_integer<std::uint32_t>(bytes[i]) << (8 * i);
  return value;
}

std::size_t copyInto(Input in, Output out) {
  if (in.size() > out.size()) fail("it holds {} bytes, more than {}", in.size(), out.size());
  std::ranges::copy(in, out.begin());
  return in.size();
}

std::size_t sameSize(std::size_t bytes) { return bytes; }

}  // namespace

std::optional<CodecStep> findCompressor(std::string_view name) {
  for (const Compressor& compressor : kCompressors)
    if (compressor.name == name) return CodecStep{std::string(name), compressor.undo, nullptr};
  return std::nullopt;
}

CodecStep makeLz4BlocksStep() { return {"lz4", decompressLz4BlocksUpTo, nullptr}; }

std::optional<CodecStep> findChecksum(std::string_view name, std::optional<ChecksumPlace> place) {
  for (const Checksum& checksum : kChecksums) {
    if (checksum.name != name) continue;
    const bool atStart = place.value_or(checksum.place) == ChecksumPlace::start;
    const auto undo = [checksum, atStart](Input in, Output out) {
      if (in.size() < kChecksumBytes) fail("{}: {} bytes are too few for a checksum", checksum.name, in.size());
      if (!checksum.compute) return copyInto(verifyFletcher32(in), out);
      const Input stated = atStart ? in.first(kChecksumBytes) : in.last(kChecksumBytes);
      const Input content = atStart ? in.subspan(kChecksumBytes) : in.first(in.size() - kChecksumBytes);
      const std::uint32_t computed = checksum.compute(content);
      if (readLittleEndian32(stated) != computed)
        fail("{}: the checksum is {:08x}, the bytes give {:08x}", checksum.name, readLittleEndian32(stated), computed);
      return copyInto(content, out);
    };
    return CodecStep{std::string(name), undo, [](std::size_t bytes) { return bytes + kChecksumBytes; }};
  }
  return std::nullopt;
}

CodecStep makeByteOrderStep(std::size_t valueBytes) {
  const auto undo = [valueBytes](Input in, Output out) {
    const std::size_t count = copyInto(in, out);
    if (count % valueBytes != 0) fail("{} bytes are no whole number of values", count);
    swapByteOrder(out.first(count), valueBytes);
    return count;
  };
  return {"", undo, sameSize};
}

CodecStep makeShuffleStep(std::size_t valueBytes) {
  if (valueBytes < 1 || valueBytes > 1024) fail("a shuffle of values of {} bytes is absurd", valueBytes);
  const auto undo = [valueBytes](Input in, Output out) {
    if (in.size() > out.size()) fail("shuffle: {} bytes do not fit into {}", in.size(), out.size());
    unshuffle(in, out.first(in.size()), valueBytes);
    return in.size();
  };
  return {"shuffle", undo, sameSize};
}

}  // namespace volary::arrays
