#include "pyramid/page_voxel.h"

#include <cstring>
#include <functional>
#include <type_traits>

namespace volary {

namespace {

// A brick cuts chunks of 16^3 into parts of 16 voxels and of one along each axis, larger chunks into parts of 33.
// Profiled: a call for each row (memcpy, or a conversion) was 13 % of a brick's time. If the compiler knows the length,
// a row is one or two moves. kLength 0 = any.
template <std::int64_t kLength, typename From, typename To, typename Convert>
void convertRows(const std::byte* from, std::byte* to, const BoxInArrays& box, Convert convert) {
  const std::int64_t length = kLength > 0 ? kLength : box.size.x;
  for (std::int64_t z = 0; z < box.size.z; ++z)
    for (std::int64_t y = 0; y < box.size.y; ++y) {
      const std::byte* const fromRow = from + (z * box.fromPlane + y * box.fromRow) * std::int64_t{sizeof(From)};
      std::byte* const toRow = to + (z * box.toPlane + y * box.toRow) * std::int64_t{sizeof(To)};
      if constexpr (std::is_same_v<Convert, std::identity>) {
        std::memcpy(toRow, fromRow, static_cast<std::size_t>(length) * sizeof(To));
      } else {
        for (std::int64_t x = 0; x < length; ++x) {
          From voxel;
          std::memcpy(&voxel, fromRow + x * std::int64_t{sizeof(From)}, sizeof(From));
          const To page = convert(voxel);
          std::memcpy(toRow + x * std::int64_t{sizeof(To)}, &page, sizeof(To));
        }
      }
    }
}

template <typename To>
void fillBox(To value, std::byte* to, const BoxInArrays& box) {
  for (std::int64_t z = 0; z < box.size.z; ++z)
    for (std::int64_t y = 0; y < box.size.y; ++y)
      for (std::int64_t x = 0; x < box.size.x; ++x)
        std::memcpy(to + (z * box.toPlane + y * box.toRow + x) * std::int64_t{sizeof(To)}, &value, sizeof(To));
}

template <typename From, typename To, typename Convert>
void convertBox(const std::byte* from, std::byte* to, const BoxInArrays& box, Convert convert) {
  if (!from) return fillBox<To>(convert(From{}), to, box);
  switch (box.size.x) {
    case 1: return convertRows<1, From, To>(from, to, box, convert);
    case 16: return convertRows<16, From, To>(from, to, box, convert);
    case 32: return convertRows<32, From, To>(from, to, box, convert);
    case 33: return convertRows<33, From, To>(from, to, box, convert);
    case 34: return convertRows<34, From, To>(from, to, box, convert);
    default: return convertRows<0, From, To>(from, to, box, convert);
  }
}

}  // namespace

PageFormat pageFormat(VoxelType type) {
  switch (voxelBytes(type)) {
    case 1: return PageFormat::r8;
    case 2: return PageFormat::r16;
    default: return PageFormat::r32f;
  }
}

std::size_t pageVoxelBytes(PageFormat format) {
  switch (format) {
    case PageFormat::r8: return 1;
    case PageFormat::r16: return 2;
    case PageFormat::r32f: break;
  }
  return 4;
}

TexelScale valueFromTexel(VoxelType type) {
  const ValueRange range = naturalRange(type);
  if (pageFormat(type) == PageFormat::r32f) return {};
  return {.scale = range.max - range.min, .offset = range.min};
}

void convertToPage(VoxelType type, const std::byte* from, std::byte* to, std::size_t count) {
  const auto length = static_cast<std::int64_t>(count);
  convertBoxToPage(
      type, from, to,
      {.size = {length, 1, 1}, .fromRow = length, .fromPlane = length, .toRow = length, .toPlane = length});
}

namespace {

template <typename From, typename To, typename Convert>
std::vector<std::byte> widen(std::span<const std::byte> voxels, Convert convert) {
  std::vector<std::byte> wide(voxels.size() / sizeof(From) * sizeof(To));
  for (std::size_t i = 0; i < voxels.size() / sizeof(From); ++i) {
    From voxel;
    std::memcpy(&voxel, voxels.data() + i * sizeof(From), sizeof(From));
    const To page = convert(voxel);
    std::memcpy(wide.data() + i * sizeof(To), &page, sizeof(To));
  }
  return wide;
}

}  // namespace

// A normalised format's greatest value is 1: 255 is that of r8, and 255 * 257 that of r16.
std::vector<std::byte> widenPage(std::span<const std::byte> voxels, PageFormat from, PageFormat to) {
  if (from == PageFormat::r8 && to == PageFormat::r16)
    return widen<std::uint8_t, std::uint16_t>(voxels,
                                              [](std::uint8_t v) { return static_cast<std::uint16_t>(257 * v); });
  if (from == PageFormat::r8 && to == PageFormat::r32f)
    return widen<std::uint8_t, float>(voxels, [](std::uint8_t v) { return static_cast<float>(v / 255.0); });
  if (from == PageFormat::r16 && to == PageFormat::r32f)
    return widen<std::uint16_t, float>(voxels, [](std::uint16_t v) { return static_cast<float>(v / 65535.0); });
  return {voxels.begin(), voxels.end()};
}

void convertBoxToPage(VoxelType type, const std::byte* from, std::byte* to, const BoxInArrays& box) {
  visitVoxelType(type, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T> && sizeof(T) <= 2) {
      using Unsigned = std::make_unsigned_t<T>;
      // Flipping the sign bit maps [min, max] to [0, max - min] in order.
      constexpr auto kFlip = static_cast<Unsigned>(std::is_signed_v<T> ? Unsigned{1} << (8 * sizeof(T) - 1) : 0);
      if constexpr (kFlip == 0)
        convertBox<Unsigned, Unsigned>(from, to, box, std::identity());
      else
        convertBox<Unsigned, Unsigned>(from, to, box, [](Unsigned v) { return static_cast<Unsigned>(v ^ kFlip); });
    } else {
      convertBox<T, float>(from, to, box, [](T v) { return static_cast<float>(v); });
    }
  });
}

}  // namespace volary
