#include "codecs/deflate.h"

#include "base/error.h"

#include <libdeflate.h>

#include <memory>

namespace volary {

namespace {

/// This thread's decompressor.
libdeflate_decompressor* decompressor() {
  struct Free {
    void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
  };
  thread_local const std::unique_ptr<libdeflate_decompressor, Free> own(libdeflate_alloc_decompressor());
  if (!own) fail("deflate: out of memory");
  return own.get();
}

// `length` null: the stream must hold just out.size() bytes.
void inflate(std::span<const std::byte> stream, std::span<std::byte> out, std::size_t* length) {
  const libdeflate_result result =
      libdeflate_zlib_decompress(decompressor(), stream.data(), stream.size(), out.data(), out.size(), length);
  if (result != LIBDEFLATE_SUCCESS)
    fail("deflate: the stream of {} bytes is damaged or does not hold {}{} bytes", stream.size(),
         length ? "at most " : "", out.size());
}

}  // namespace

void inflateZlib(std::span<const std::byte> stream, std::span<std::byte> out) { inflate(stream, out, nullptr); }

std::size_t inflateZlibUpTo(std::span<const std::byte> stream, std::span<std::byte> out) {
  std::size_t length = 0;
  inflate(stream, out, &length);
  return length;
}

std::size_t inflateGzipUpTo(std::span<const std::byte> stream, std::span<std::byte> out) {
  std::size_t written = 0;
  for (std::size_t position = 0; position < stream.size() || position == 0;) {
    std::size_t consumed = 0;
    std::size_t produced = 0;
    const libdeflate_result result =
        libdeflate_gzip_decompress_ex(decompressor(), stream.data() + position, stream.size() - position,
                                      out.data() + written, out.size() - written, &consumed, &produced);
    if (result != LIBDEFLATE_SUCCESS)
      fail("gzip: the stream of {} bytes is damaged or does not hold at most {} bytes", stream.size(), out.size());
    position += consumed;
    written += produced;
  }
  return written;
}

std::uint32_t crc32(std::span<const std::byte> bytes) { return libdeflate_crc32(0, bytes.data(), bytes.size()); }

std::uint32_t adler32(std::span<const std::byte> bytes) { return libdeflate_adler32(1, bytes.data(), bytes.size()); }

}  // namespace volary
