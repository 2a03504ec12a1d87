#include "build/blosc_encoder.h"

#include "base/error.h"

#include <blosc.h>

namespace volary {

std::vector<std::byte> compressBlosc(std::span<const std::byte> bytes, std::size_t valueBytes) {
  if (bytes.size() > BLOSC_MAX_BUFFERSIZE) fail("blosc: chunks of {} bytes are too large for it", bytes.size());
  // The result is copied out of memory that is kept: it is smaller than the room that compression needs.
  thread_local std::vector<std::byte> buffer;
  if (buffer.size() < bytes.size() + BLOSC_MAX_OVERHEAD) buffer.resize(bytes.size() + BLOSC_MAX_OVERHEAD);
  // With a context of its own the library keeps no state and takes no lock.
  const int size = blosc_compress_ctx(kBloscLevel, BLOSC_SHUFFLE, valueBytes, bytes.size(), bytes.data(), buffer.data(),
                                      buffer.size(), BLOSC_LZ4_COMPNAME, 0, 1);
  if (size <= 0) fail("blosc: the system's library can't compress with LZ4");
  return {buffer.begin(), buffer.begin() + size};
}

}  // namespace volary
