#include "codecs/shuffle.h"

#include "base/byte_order.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <cstring>

namespace volary {

namespace {

// The width as a constant lets the compiler keep one value's planes in registers and vectorise.
template <std::size_t kBytes>
void unshuffleWidth(const std::byte* in, std::byte* out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t b = 0; b < kBytes; ++b) out[i * kBytes + b] = in[b * count + i];
}

template <typename T>
void swapEach(std::span<std::byte> values) {
  for (std::size_t at = 0; at + sizeof(T) <= values.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, values.data() + at, sizeof(T));
    value = swapBytes(value);
    std::memcpy(values.data() + at, &value, sizeof(T));
  }
}

}  // namespace

void unshuffle(std::span<const std::byte> in, std::span<std::byte> out, std::size_t valueBytes) {
  assert(valueBytes > 0 && in.size() == out.size());
  const std::size_t count = in.size() / valueBytes;
  switch (valueBytes) {
    case 2: unshuffleWidth<2>(in.data(), out.data(), count); break;
    case 4: unshuffleWidth<4>(in.data(), out.data(), count); break;
    case 8: unshuffleWidth<8>(in.data(), out.data(), count); break;
    default:
      // A file may state any width: where there is no whole value, nothing goes over its bytes.
      for (std::size_t b = 0; b < valueBytes && count > 0; ++b)
        for (std::size_t i = 0; i < count; ++i) out[i * valueBytes + b] = in[b * count + i];
  }
  std::ranges::copy(in.subspan(count * valueBytes), out.begin() + static_cast<std::ptrdiff_t>(count * valueBytes));
}

void swapByteOrder(std::span<std::byte> values, std::size_t valueBytes) {
  assert(valueBytes > 0);
  switch (valueBytes) {
    case 1: return;
    case 2: return swapEach<std::uint16_t>(values);
    case 4: return swapEach<std::uint32_t>(values);
    case 8: return swapEach<std::uint64_t>(values);
    default:
      for (std::size_t at = 0; at + valueBytes <= values.size(); at += valueBytes)
        std::ranges::reverse(values.subspan(at, valueBytes));
  }
}

}  // namespace volary
