#include "codecs/bzip2.h"

#include "base/error.h"

#include <bzlib.h>

#include <algorithm>
#include <limits>

namespace volary {

namespace {

/// Owns the library's state of one stream.
class Decoder {
 public:
  Decoder() {
    if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) fail("bzip2: out of memory");
  }
  ~Decoder() { BZ2_bzDecompressEnd(&stream_); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  bz_stream& stream() { return stream_; }

 private:
  bz_stream stream_{};
};

}  // namespace

std::size_t decompressBzip2UpTo(std::span<const std::byte> streams, std::span<std::byte> out) {
  constexpr std::size_t kMax = std::numeric_limits<unsigned>::max();
  if (streams.empty()) fail("bzip2: the stream is empty");
  if (streams.size() > kMax || out.size() > kMax)
    fail("bzip2: {} bytes are more than the library can take", std::max(streams.size(), out.size()));
  std::size_t written = 0;
  while (!streams.empty()) {
    Decoder decoder;
    bz_stream& stream = decoder.stream();
    // The library's interface is not const, but it only reads.
    stream.next_in = const_cast<char*>(reinterpret_cast<const char*>(streams.data()));
    stream.avail_in = static_cast<unsigned>(streams.size());
    stream.next_out = reinterpret_cast<char*>(out.data() + written);
    stream.avail_out = static_cast<unsigned>(out.size() - written);
    if (BZ2_bzDecompress(&stream) != BZ_STREAM_END)
      fail("bzip2: the stream of {} bytes is damaged or does not hold at most {} bytes", streams.size(), out.size());
    written = out.size() - stream.avail_out;
    streams = streams.last(stream.avail_in);
  }
  return written;
}

}  // namespace volary
