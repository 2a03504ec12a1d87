// Compares unshuffling and swapping the byte order with the plain rules, for every width.
#include "codecs/shuffle.h"
#include "fuzz/fuzz_input.h"

using namespace volary;
using namespace volary::test;

namespace {

using Bytes = std::vector<std::byte>;

void checkUnshuffle(const Bytes& values, std::size_t width) {
  const std::size_t count = values.size() / width;
  Bytes shuffled = values;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t b = 0; b < width; ++b) shuffled[b * count + i] = values[i * width + b];
  Bytes out(values.size());
  unshuffle(shuffled, out, width);
  require(out == values, "shuffled values don't come back");
}

void checkSwap(const Bytes& values, std::size_t width) {
  Bytes expected = values;
  for (std::size_t at = 0; at + width <= values.size(); at += width)
    for (std::size_t b = 0; b < width; ++b) expected[at + b] = values[at + width - 1 - b];
  Bytes out = values;
  swapByteOrder(out, width);
  require(out == expected, "the byte order is turned wrongly");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  FuzzInput input(bytes, count);
  // As the filter states it: any number but 0, and mostly a small one.
  const std::size_t stated = input.u8();
  const std::size_t width = stated == 255 ? input.u32() : stated;
  if (width == 0) return 0;
  checkUnshuffle(input.rest(), width);
  checkSwap(input.rest(), width);
  return 0;
}
