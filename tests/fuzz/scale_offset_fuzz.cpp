// Any parameters and any record: what is accepted must decode to what the format's plain rule gives, bit by bit.
#include "base/error.h"
#include "codecs/scale_offset.h"
#include "fuzz/fuzz_input.h"

#include <array>

using namespace volary;
using namespace volary::test;

namespace {

using Bytes = std::vector<std::byte>;

constexpr std::size_t kHeaderBytes = 21;
constexpr std::size_t kMaxValueBytes = 1 << 16;

/// Value `i` of a record that was accepted.
std::uint64_t valuePlainly(const Bytes& record, const ScaleOffsetParameters& parameters, std::size_t i) {
  const std::size_t allBits = 8 * parameters.valueBytes;
  const auto minbits = std::to_integer<std::size_t>(record[0]);
  const std::uint64_t typeMask = allBits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << allBits) - 1;
  std::uint64_t value = 0;
  if (minbits == allBits) {
    for (std::size_t b = 0; b < parameters.valueBytes; ++b)
      value |= std::to_integer<std::uint64_t>(record[kHeaderBytes + i * parameters.valueBytes + b]) << (8 * b);
    return value;
  }
  for (std::size_t bit = i * minbits; bit < (i + 1) * minbits; ++bit)
    value = value << 1 | (std::to_integer<std::uint64_t>(record[kHeaderBytes + bit / 8]) >> (7 - bit % 8) & 1u);
  if (parameters.fillDefined && value == (std::uint64_t{1} << minbits) - 1) return parameters.fillValue & typeMask;
  std::uint64_t minimum = 0;
  for (std::size_t b = 0; b < std::min<std::size_t>(8, std::to_integer<std::size_t>(record[4])); ++b)
    minimum |= std::to_integer<std::uint64_t>(record[5 + b]) << (8 * b);
  return (value + minimum) & typeMask;
}

void checkValues(const Bytes& record, const ScaleOffsetParameters& parameters, const Bytes& values) {
  for (std::size_t i = 0; i < parameters.valueCount; ++i) {
    std::uint64_t value = 0;
    for (std::size_t b = 0; b < parameters.valueBytes; ++b) {
      const std::size_t place = parameters.bigEndian ? parameters.valueBytes - 1 - b : b;
      value |= std::to_integer<std::uint64_t>(values[i * parameters.valueBytes + place]) << (8 * b);
    }
    require(value == valuePlainly(record, parameters, i), "a value is wrong");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  FuzzInput input(bytes, count);
  // The filter's client data: how many numbers, each small or 32 bits of anything.
  std::array<unsigned, 20> clientData{};
  const std::size_t stated = std::min<std::size_t>(input.u8(), clientData.size());
  const std::size_t surplus = input.u8();
  for (std::size_t i = 0; i < stated; ++i) {
    const unsigned number = input.u8();
    clientData[i] = number == 255 ? input.u32() : number;
  }
  try {
    const ScaleOffsetParameters parameters = parseScaleOffset(std::span(clientData).first(stated));
    const std::size_t valueBytes = parameters.valueCount * parameters.valueBytes;
    if (valueBytes > kMaxValueBytes) return 0;
    Bytes values(valueBytes + (surplus == 255 ? 1 : 0));
    const Bytes record = input.rest();
    unpackScaleOffset(record, parameters, values);
    checkValues(record, parameters, values);
  } catch (const Error&) {
    // Damage should end here.
  }
  return 0;
}
