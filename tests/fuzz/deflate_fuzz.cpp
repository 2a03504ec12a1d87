// Compares libdeflate, as we use it, with zlib on any stream; and deflates and inflates any bytes.
#include "base/error.h"
#include "codecs/deflate.h"
#include "fuzz/fuzz_input.h"

#include <libdeflate.h>
#include <zlib.h>

#include <memory>
#include <optional>

using namespace volary;
using namespace volary::test;

namespace {

using Bytes = std::vector<std::byte>;

std::optional<Bytes> inflateOurs(const Bytes& stream, std::size_t room) {
  Bytes out(room);
  try {
    out.resize(inflateZlibUpTo(stream, out));
    return out;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<Bytes> inflateByZlib(const Bytes& stream, std::size_t room) {
  Bytes out(room);
  uLongf length = room;
  // A null pointer is refused, whatever the length.
  Bytef dummy = 0;
  const int status = uncompress(room > 0 ? reinterpret_cast<Bytef*>(out.data()) : &dummy, &length,
                                reinterpret_cast<const Bytef*>(stream.data()), stream.size());
  if (status != Z_OK) return std::nullopt;
  out.resize(length);
  return out;
}

void checkExact(const Bytes& stream, const Bytes& expected) {
  Bytes out(expected.size());
  inflateZlib(stream, out);
  require(out == expected, "the exact and the bounded way differ");
  for (const std::size_t wrong : {expected.size() + 1, expected.size() - 1}) {
    if (wrong > expected.size() + 1) continue;
    Bytes other(wrong);
    try {
      inflateZlib(stream, other);
    } catch (const Error&) {
      continue;
    }
    require(false, "a stream filled two lengths exactly");
  }
}

void checkRoundTrip(const Bytes& data) {
  struct Free {
    void operator()(libdeflate_compressor* c) const { libdeflate_free_compressor(c); }
  };
  static const std::unique_ptr<libdeflate_compressor, Free> compressor(libdeflate_alloc_compressor(6));
  Bytes stream(libdeflate_zlib_compress_bound(compressor.get(), data.size()));
  stream.resize(libdeflate_zlib_compress(compressor.get(), data.data(), data.size(), stream.data(), stream.size()));
  Bytes out(data.size());
  inflateZlib(stream, out);
  require(out == data, "bytes are others after deflating and inflating");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  FuzzInput input(bytes, count);
  const std::size_t room = input.u16();
  const Bytes stream = input.rest();
  const std::optional<Bytes> ours = inflateOurs(stream, room);
  const std::optional<Bytes> theirs = inflateByZlib(stream, room);
  if (ours && theirs) require(*ours == *theirs, "zlib inflates to other bytes");
  // The reverse does not hold: libdeflate looks back beyond the window that the stream states.
  require(ours || !theirs, "zlib inflates what we refuse");
  if (ours) checkExact(stream, *ours);
  checkRoundTrip(stream);
  return 0;
}
