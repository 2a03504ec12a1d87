#include "build/blosc_encoder.h"

#include "base/error.h"

#include <blosc.h>

namespace volary {

std::vector<std::byte> compressBlosc(std::span<const std::byte> bytes, std::size_t valueBytes) {
  if (bytes.size() > BLOSC_MAX_BUFFERSIZE) fail("blosc: chunks of {} bytes are too large for it", bytes.size());
  // What is compressed is copied out of memory that stays: it is smaller than what had to be there for it.
  thread_local std::vector<std::byte> buffer;
  if (buffer.size() < bytes.size() + BLOSC_MAX_OVERHEAD) buffer.resize(bytes.size() + BLOSC_MAX_OVERHEAD);
  // With a context of its own the library keeps no state and takes no lock.
  const int size = blosc_compress_ctx(kBloscLevel, BLOSC_SHUFFLE, valueBytes, bytes.size(), bytes.data(), buffer.data(),
                                      buffer.size(), BLOSC_LZ4_COMPNAME, 0, 1);
  if (size <= 0) fail("blosc: the system's library can't compress with LZ4");
  return {buffer.begin(), buffer.begin() + size};
}

}  // namespace volary
