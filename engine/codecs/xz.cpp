#include "codecs/xz.h"

#include "base/bytes.h"
#include "base/error.h"

#include <lzma.h>

namespace volary {

namespace {

// The highest preset of xz takes 65 MiB to decode.
constexpr std::uint64_t kMaxMemoryBytes = 256 * kMiB;

}  // namespace

std::size_t decompressXzUpTo(std::span<const std::byte> stream, std::span<std::byte> out) {
  struct Decoder {
    lzma_stream state = LZMA_STREAM_INIT;
    ~Decoder() { lzma_end(&state); }
  } decoder;
  if (lzma_auto_decoder(&decoder.state, kMaxMemoryBytes, LZMA_CONCATENATED) != LZMA_OK) fail("xz: out of memory");
  decoder.state.next_in = reinterpret_cast<const std::uint8_t*>(stream.data());
  decoder.state.avail_in = stream.size();
  decoder.state.next_out = reinterpret_cast<std::uint8_t*>(out.data());
  decoder.state.avail_out = out.size();
  const lzma_ret result = lzma_code(&decoder.state, LZMA_FINISH);
  if (result == LZMA_MEMLIMIT_ERROR)
    fail("xz: the stream asks for more than {} to decode", formatBytes(kMaxMemoryBytes));
  if (result != LZMA_STREAM_END)
    fail("xz: the stream of {} bytes is damaged or does not hold at most {} bytes", stream.size(), out.size());
  return out.size() - decoder.state.avail_out;
}

}  // namespace volary
