// Compares liblzf, as we use it, with a plain reading of the format on any stream; and packs and unpacks any bytes.
#include "base/error.h"
#include "codecs/lzf.h"
#include "fuzz/fuzz_input.h"

#include <lzf.h>

#include <optional>

using namespace volary;
using namespace volary::test;

namespace {

using Bytes = std::vector<std::byte>;

std::optional<Bytes> expandOurs(const Bytes& stream, std::size_t room) {
  Bytes out(room);
  try {
    out.resize(expandLzfUpTo(stream, out));
    return out;
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// Nothing if the stream ends within an item, refers to what is not there, or does not fit.
std::optional<Bytes> expandPlainly(const Bytes& stream, std::size_t room) {
  Bytes out;
  std::size_t at = 0;
  const auto next = [&] {
    return at < stream.size() ? std::to_integer<std::size_t>(stream[at++]) : (at = ~std::size_t{0}, 0);
  };
  while (at < stream.size()) {
    const std::size_t control = next();
    if (control < 32) {
      const std::size_t count = control + 1;
      if (count > stream.size() - at || count > room - out.size()) return std::nullopt;
      out.insert(out.end(), stream.begin() + static_cast<std::ptrdiff_t>(at),
                 stream.begin() + static_cast<std::ptrdiff_t>(at + count));
      at += count;
      continue;
    }
    std::size_t count = (control >> 5) + 2;
    if (control >> 5 == 7) {
      if (at >= stream.size()) return std::nullopt;
      count += next();
    }
    if (at >= stream.size()) return std::nullopt;
    const std::size_t distance = ((control & 31) << 8 | next()) + 1;
    if (distance > out.size() || count > room - out.size()) return std::nullopt;
    for (std::size_t i = 0; i < count; ++i) out.push_back(out[out.size() - distance]);
  }
  return out;
}

void checkRoundTrip(const Bytes& data) {
  Bytes stream(data.size() + data.size() / 16 + 64);
  if (data.empty()) return;
  stream.resize(lzf_compress(data.data(), static_cast<unsigned>(data.size()), stream.data(),
                             static_cast<unsigned>(stream.size())));
  require(!stream.empty(), "liblzf did not fit its own bound");
  require(expandOurs(stream, data.size()) == data, "bytes are others after compressing and expanding");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  FuzzInput input(bytes, count);
  const std::size_t room = input.u16();
  const Bytes stream = input.rest();
  std::optional<Bytes> plain = expandPlainly(stream, room);
  // liblzf can't tell "nothing" from an error.
  if (plain && plain->empty()) plain.reset();
  require(expandOurs(stream, room) == plain, "liblzf and the format differ");
  checkRoundTrip(stream);
  return 0;
}
