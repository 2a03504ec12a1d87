#include "codecs/deflate.h"

#include "base/error.h"

#include <libdeflate.h>

#include <memory>

namespace volary {

void inflateZlib(std::span<const std::byte> stream, std::span<std::byte> out) {
  struct Free {
    void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
  };
  thread_local const std::unique_ptr<libdeflate_decompressor, Free> decompressor(libdeflate_alloc_decompressor());
  if (!decompressor) fail("deflate: out of memory");
  const libdeflate_result result = libdeflate_zlib_decompress(decompressor.get(), stream.data(), stream.size(),
                                                              out.data(), out.size(), nullptr);
  if (result != LIBDEFLATE_SUCCESS)
    fail("deflate: the stream of {} bytes is damaged or does not hold {} bytes", stream.size(), out.size());
}

}  // namespace volary
