#include "codecs/zstd.h"

#include "base/error.h"

#include <zstd.h>

#include <memory>

namespace volary {

std::size_t decompressZstdUpTo(std::span<const std::byte> frames, std::span<std::byte> out) {
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  thread_local const std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
  if (!context) fail("zstd: out of memory");
  if (frames.empty()) fail("zstd: the stream is empty");
  const std::size_t written = ZSTD_decompressDCtx(context.get(), out.data(), out.size(), frames.data(), frames.size());
  if (ZSTD_isError(written))
    fail("zstd: the stream of {} bytes does not give at most {} bytes: {}", frames.size(), out.size(),
         ZSTD_getErrorName(written));
  return written;
}

}  // namespace volary
