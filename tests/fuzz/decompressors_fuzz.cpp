// Gives any bytes to each decompressor of arrays: it writes nothing beyond its room, and the same bytes whatever the
// memory held before.
#include "base/error.h"
#include "codecs/blosc.h"
#include "codecs/bzip2.h"
#include "codecs/deflate.h"
#include "codecs/lz4.h"
#include "codecs/xz.h"
#include "codecs/zstd.h"
#include "fuzz/fuzz_input.h"

#include <array>
#include <optional>

using namespace volary;
using namespace volary::test;

namespace {

constexpr std::array kDecompressors = {decompressBloscUpTo,     decompressZstdUpTo,  decompressSizedLz4UpTo,
                                       decompressLz4BlocksUpTo, decompressBzip2UpTo, decompressXzUpTo,
                                       inflateGzipUpTo};

std::optional<std::vector<std::byte>> decompress(std::size_t which, const std::vector<std::byte>& stream,
                                                 std::size_t room, std::byte before) {
  // Memory of exactly that size, so that a sanitizer sees a write beyond it.
  std::vector<std::byte> out(room, before);
  try {
    const std::size_t count = kDecompressors[which](stream, out);
    require(count <= room, "more bytes than there is room for");
    out.resize(count);
    return out;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  FuzzInput input(bytes, count);
  const std::size_t which = input.u8() % kDecompressors.size();
  const std::size_t room = input.u16();
  const std::vector<std::byte> stream = input.rest();
  const auto first = decompress(which, stream, room, std::byte{0x55});
  require(first == decompress(which, stream, room, std::byte{0xaa}), "bytes depend on what the memory held before");
  return 0;
}
