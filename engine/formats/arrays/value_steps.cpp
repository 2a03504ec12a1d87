// The steps that work on values, not on bytes.
#include "base/error.h"
#include "codecs/shuffle.h"
#include "formats/arrays/codec_steps.h"

#include <glm/gtc/packing.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

namespace volary::arrays {

namespace {

using Kind = ValueType::Kind;
using Input = std::span<const std::byte>;
using Output = std::span<std::byte>;

/// A half-precision number in memory.
struct Half {
  std::uint16_t bits;
  operator float() const { return glm::unpackHalf1x16(bits); }
};

/// Calls `visitor` with a value of the C++ type of the values in memory.
template <typename Visitor>
decltype(auto) visitValueType(const ValueType& type, Visitor&& visitor) {
  if (!hasVoxelBits(type)) return visitor(Half{});
  return visitVoxelType(voxelTypeOf(type), visitor);
}

template <typename T>
T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

/// Values in native byte order: `in` itself, or a copy in `memory`.
Input inNativeOrder(Input in, const ValueType& type, std::vector<std::byte>& memory) {
  if (!type.bigEndian) return in;
  memory.assign(in.begin(), in.end());
  swapByteOrder(memory, type.bytes);
  return memory;
}

template <typename To>
To convertDouble(double value) {
  if constexpr (std::is_floating_point_v<To>) {
    return static_cast<To>(value);
  } else {
    // Conversion out of range is undefined in C++ (and in NumPy): clamp.
    if (!(value > static_cast<double>(std::numeric_limits<To>::min()))) return std::numeric_limits<To>::min();
    if (value >= static_cast<double>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
    return static_cast<To>(value);
  }
}

}  // namespace

CodecStep makeDeltaStep(const ValueType& decoded, const ValueType& encoded) {
  if (!hasVoxelBits(decoded) || !hasVoxelBits(encoded)) fail("differences of halves are not supported");
  const auto undo = [=](Input in, Output out) {
    const std::size_t count = in.size() / encoded.bytes;
    if (in.size() % encoded.bytes != 0 || count * decoded.bytes > out.size())
      fail("delta: {} bytes do not fit into {}", in.size(), out.size());
    std::vector<std::byte> memory;
    const Input native = inNativeOrder(in, encoded, memory);
    visitValueType(encoded, [&]<typename From>(From) {
      visitVoxelType(voxelTypeOf(decoded), [&]<typename To>(To) {
        // Unsigned, so that sums wrap as NumPy's do.
        using Sum =
            typename std::conditional_t<std::is_integral_v<To>, std::make_unsigned<To>, std::type_identity<To>>::type;
        Sum sum{};
        for (std::size_t i = 0; i < count; ++i) {
          const From step = load<From>(native.data() + i * sizeof(From));
          if (decoded.kind == Kind::boolean)
            sum = static_cast<Sum>(sum != Sum{}) != static_cast<Sum>(static_cast<double>(step) != 0) ? Sum{1} : Sum{0};
          else
            sum = static_cast<Sum>(sum + static_cast<Sum>(step));
          std::memcpy(out.data() + i * sizeof sum, &sum, sizeof sum);
        }
      });
    });
    if (decoded.bigEndian) swapByteOrder(out.first(count * decoded.bytes), decoded.bytes);
    return count * decoded.bytes;
  };
  return {"delta", undo, [=](std::size_t bytes) { return bytes / decoded.bytes * encoded.bytes; }};
}

CodecStep makeConversionStep(const ValueType& decoded, const ValueType& encoded, double scale, double offset) {
  if (!hasVoxelBits(decoded)) fail("values that are turned into halves are not supported");
  if (!(std::isfinite(scale) && scale != 0 && std::isfinite(offset))) fail("a scale of {} is absurd", scale);
  const auto undo = [=](Input in, Output out) {
    const std::size_t count = in.size() / encoded.bytes;
    if (in.size() % encoded.bytes != 0 || count * decoded.bytes > out.size())
      fail("{} bytes of values do not fit into {}", in.size(), out.size());
    std::vector<std::byte> memory;
    const Input native = inNativeOrder(in, encoded, memory);
    visitValueType(encoded, [&]<typename From>(From) {
      visitVoxelType(voxelTypeOf(decoded), [&]<typename To>(To) {
        for (std::size_t i = 0; i < count; ++i) {
          const From value = load<From>(native.data() + i * sizeof(From));
          To converted;
          if (std::is_integral_v<From> && std::is_integral_v<To> && scale == 1.0 && offset == 0.0)
            converted = static_cast<To>(value);
          else
            converted = convertDouble<To>(static_cast<double>(value) / scale + offset);
          std::memcpy(out.data() + i * sizeof converted, &converted, sizeof converted);
        }
      });
    });
    if (decoded.bigEndian) swapByteOrder(out.first(count * decoded.bytes), decoded.bytes);
    return count * decoded.bytes;
  };
  return {"", undo, [=](std::size_t bytes) { return bytes / decoded.bytes * encoded.bytes; }};
}

}  // namespace volary::arrays
