#include "codecs/deflate.h"

#include "base/error.h"

#include <libdeflate.h>

#include <memory>

namespace volary {

namespace {

// `length` null: the stream must hold just out.size() bytes.
void inflate(std::span<const std::byte> stream, std::span<std::byte> out, std::size_t* length) {
  struct Free {
    void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
  };
  thread_local const std::unique_ptr<libdeflate_decompressor, Free> decompressor(libdeflate_alloc_decompressor());
  if (!decompressor) fail("deflate: out of memory");
  const libdeflate_result result = libdeflate_zlib_decompress(decompressor.get(), stream.data(), stream.size(),
                                                              out.data(), out.size(), length);
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

}  // namespace volary
