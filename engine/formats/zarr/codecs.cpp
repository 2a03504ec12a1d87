#include "formats/zarr/codecs.h"

#include "base/error.h"
#include "formats/arrays/codec_steps.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace volary::zarr {

using arrays::CodecChain;
using arrays::findMember;
using arrays::findText;
using arrays::Json;
using arrays::ValueType;

namespace {

/// The type in a codec's parameters; `fallback` if it is not stated.
ValueType readParameterType(const Json& configuration, std::string_view key, const ValueType& fallback) {
  const Json* stated = findMember(configuration, key);
  return stated ? readValueType(*stated) : fallback;
}

double readParameter(const Json& configuration, std::string_view key, double fallback) {
  const Json* stated = findMember(configuration, key);
  if (!stated) return fallback;
  if (!stated->is_number()) fail("the \"{}\" of a codec is no number", key);
  return stated->get<double>();
}

void addShuffle(CodecChain& chain, const Json& configuration) {
  const double width = readParameter(configuration, "elementsize", 4);
  if (!(width >= 0 && width <= 1024)) fail("a shuffle of values of {} bytes is absurd", width);
  // numcodecs leaves values of one byte as they are.
  if (width > 1) chain.add(arrays::makeShuffleStep(static_cast<std::size_t>(width)));
}

std::optional<arrays::ChecksumPlace> readPlace(const Json& configuration) {
  const std::optional<std::string> stated = findText(configuration, "location");
  if (!stated) return std::nullopt;
  return *stated == "start" ? arrays::ChecksumPlace::start : arrays::ChecksumPlace::end;
}

/// Floating-point fill values that JSON has no numbers for; "0x7fc00000" gives the bits (Zarr v3, "fill value").
std::optional<double> findSpecialNumber(const std::string& text, const ValueType& type) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  if (text.starts_with("0x") || text.starts_with("0X")) {
    std::uint64_t bits = 0;
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), bits, 16);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    if (type.bytes == 8) return std::bit_cast<double>(bits);
    if (type.bytes == 4 && bits <= 0xffffffffu) return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    return std::nullopt;
  }
  double number = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

ValueType readValueType(const Json& name) {
  const Json* text = name.is_object() ? findMember(name, "name") : &name;
  if (!text || !text->is_string()) fail("its values are records, which can't be shown");
  const std::optional<ValueType> type = arrays::findValueType(text->get<std::string>());
  if (!type) fail("values of the type \"{}\" can't be shown", text->get<std::string>());
  return *type;
}

std::vector<std::byte> readFill(const Json* value, const ValueType& type) {
  if (!value || value->is_null()) return {};
  return visitVoxelType(arrays::voxelTypeOf(type), [&]<typename T>(T) -> std::vector<std::byte> {
    T voxel{};
    if (value->is_boolean()) {
      voxel = static_cast<T>(value->get<bool>() ? 1 : 0);
    } else if (std::is_integral_v<T> && value->is_number_integer()) {
      // Negative numbers of unsigned types and the like wrap, as NumPy's do.
      voxel = value->is_number_unsigned() ? static_cast<T>(value->get<std::uint64_t>())
                                          : static_cast<T>(value->get<std::int64_t>());
    } else {
      std::optional<double> number;
      if (value->is_number()) number = value->get<double>();
      if (value->is_string()) number = findSpecialNumber(value->get<std::string>(), type);
      const double limit = std::ldexp(1.0, 8 * static_cast<int>(sizeof(T)) - 1);
      if (!number || (std::is_integral_v<T> && !(*number >= -limit && *number < limit)))
        fail("the fill value {} is none of its type", value->dump());
      voxel = static_cast<T>(*number);
    }
    std::vector<std::byte> bytes(sizeof voxel);
    std::memcpy(bytes.data(), &voxel, sizeof voxel);
    if (std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; })) bytes.clear();
    return bytes;
  });
}

bool worksOnValues(std::string_view id) {
  return id == "delta" || id == "fixedscaleoffset" || id == "astype" || id == "quantize" || id == "bitround";
}

void addCodec(CodecChain& chain, std::string_view id, const Json& configuration, ValueType& type) {
  if (id == "bitround") return;  // it only drops bits when it writes: nothing to undo
  if (id == "shuffle") return addShuffle(chain, configuration);
  if (id == "delta") {
    const ValueType decoded = readParameterType(configuration, "dtype", type);
    const ValueType encoded = readParameterType(configuration, "astype", decoded);
    chain.add(arrays::makeDeltaStep(decoded, encoded));
    type = encoded;
    return;
  }
  if (worksOnValues(id)) {
    const bool isCast = id == "astype";
    const ValueType decoded = readParameterType(configuration, isCast ? "decode_dtype" : "dtype", type);
    const ValueType encoded = readParameterType(configuration, isCast ? "encode_dtype" : "astype", decoded);
    const bool isScaled = id == "fixedscaleoffset";
    chain.add(arrays::makeConversionStep(decoded, encoded, isScaled ? readParameter(configuration, "scale", 1.0) : 1.0,
                                         isScaled ? readParameter(configuration, "offset", 0.0) : 0.0));
    type = encoded;
    return;
  }
  // 3 is FORMAT_RAW of Python's lzma: its filters are stated only in the metadata.
  if (id == "lzma" && readParameter(configuration, "format", 1) == 3) fail("raw lzma streams are not supported");
  std::optional<arrays::CodecStep> step = arrays::findCompressor(id);
  if (!step) step = arrays::findChecksum(id, readPlace(configuration));
  if (!step) fail("its chunks went through the codec \"{}\", which is not supported", id);
  chain.add(std::move(*step));
}

}  // namespace volary::zarr
