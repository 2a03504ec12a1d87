#include "codecs/lzf.h"

#include "base/error.h"

extern "C" {
#include <lzf.h>
}

#include <algorithm>
#include <limits>

namespace volary {

std::size_t expandLzfUpTo(std::span<const std::byte> stream, std::span<std::byte> out) {
  constexpr std::size_t kMax = std::numeric_limits<unsigned>::max();
  if (stream.size() > kMax || out.size() > kMax)
    fail("lzf: {} bytes are more than the format can hold", std::max(stream.size(), out.size()));
  // liblzf reads the first byte before it looks at the length.
  if (stream.empty()) fail("lzf: the stream is empty");
  const unsigned length = lzf_decompress(stream.data(), static_cast<unsigned>(stream.size()), out.data(),
                                         static_cast<unsigned>(out.size()));
  if (length == 0)
    fail("lzf: the stream of {} bytes is damaged or does not hold at most {} bytes", stream.size(), out.size());
  return length;
}

}  // namespace volary
