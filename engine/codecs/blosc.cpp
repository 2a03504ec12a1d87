#include "codecs/blosc.h"

#include "base/error.h"

#include <blosc.h>

namespace volary {

std::size_t decompressBloscUpTo(std::span<const std::byte> buffer, std::span<std::byte> out) {
  if (buffer.size() < BLOSC_MIN_HEADER_LENGTH) fail("blosc: {} bytes are too few for a header", buffer.size());
  std::size_t decodedBytes = 0;
  std::size_t storedBytes = 0;
  std::size_t blockBytes = 0;
  blosc_cbuffer_sizes(buffer.data(), &decodedBytes, &storedBytes, &blockBytes);
  if (storedBytes > buffer.size())
    fail("blosc: the header speaks of {} bytes, there are {}", storedBytes, buffer.size());
  if (decodedBytes > out.size()) fail("blosc: the buffer holds {} bytes, more than {}", decodedBytes, out.size());
  if (blosc_cbuffer_validate(buffer.data(), storedBytes, &decodedBytes) != 0)
    fail("blosc: the header of the buffer of {} bytes is damaged", buffer.size());
  if (decodedBytes == 0) return 0;
  // With a context of its own the library keeps no state and takes no lock.
  const int written = blosc_decompress_ctx(buffer.data(), out.data(), out.size(), 1);
  if (written < 0 || static_cast<std::size_t>(written) != decodedBytes)
    fail("blosc: the buffer of {} bytes is damaged or made by {}, which this system's library lacks", buffer.size(),
         blosc_cbuffer_complib(buffer.data()) ? blosc_cbuffer_complib(buffer.data()) : "an unknown codec");
  return decodedBytes;
}

}  // namespace volary
