// Compares the checksum with sums that never overflow, and checks it on sound and on changed bytes.
#include "base/error.h"
#include "codecs/fletcher32.h"
#include "fuzz/fuzz_input.h"

using namespace volary;
using namespace volary::test;

namespace {

using Bytes = std::vector<std::byte>;

/// J. Fletcher, 1982, with words of 16 bits: sums modulo 65535; a residue of 0 is written as 65535 unless all words are
/// zero.
std::uint32_t checksumPlainly(const Bytes& bytes) {
  std::uint64_t sum1 = 0, sum2 = 0;
  bool any1 = false, any2 = false;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    const auto high = std::to_integer<std::uint64_t>(bytes[i]);
    const auto low = i + 1 < bytes.size() ? std::to_integer<std::uint64_t>(bytes[i + 1]) : 0;
    sum1 += high << 8 | low;
    any1 = any1 || sum1 != 0;
    sum1 %= 65535;
    if (sum1 == 0 && any1) sum1 = 65535;
    sum2 += sum1;
    any2 = any2 || sum2 != 0;
    sum2 %= 65535;
    if (sum2 == 0 && any2) sum2 = 65535;
  }
  return static_cast<std::uint32_t>(sum2 << 16 | sum1);
}

bool isAccepted(const Bytes& stream) {
  try {
    const std::span<const std::byte> data = verifyFletcher32(stream);
    require(data.data() == stream.data() && data.size() == stream.size() - 4, "what is checked is not the front");
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  FuzzInput input(bytes, count);
  const std::size_t where = input.u16();
  const auto flip = static_cast<std::byte>(input.u8());
  Bytes stream = input.rest();
  isAccepted(stream);

  const std::uint32_t checksum = fletcher32(stream);
  require(checksum == checksumPlainly(stream), "the checksum is wrong");
  for (int i = 0; i < 4; ++i) stream.push_back(static_cast<std::byte>(checksum >> (8 * i)));
  require(isAccepted(stream), "a sound checksum is refused");

  // Any change of one byte is seen, except between 0 and 255 in a sum modulo 65535.
  std::byte& changed = stream[where % stream.size()];
  const std::byte before = changed;
  changed ^= flip;
  const bool isSeen = changed != before && flip != std::byte{0xff};
  const bool isChecksum = where % stream.size() >= stream.size() - 4;
  if (isSeen && !isChecksum) require(!isAccepted(stream), "a changed byte is not seen");
  return 0;
}
