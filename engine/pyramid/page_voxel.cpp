#include "pyramid/page_voxel.h"

#include <cstring>
#include <type_traits>

namespace volary {

namespace {

template <typename From, typename To, typename Convert>
void convertEach(const std::byte* from, std::byte* to, std::size_t count, Convert convert) {
  for (std::size_t i = 0; i < count; ++i) {
    From voxel;
    std::memcpy(&voxel, from + i * sizeof(From), sizeof(From));
    const To page = convert(voxel);
    std::memcpy(to + i * sizeof(To), &page, sizeof(To));
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
  visitVoxelType(type, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T> && sizeof(T) <= 2) {
      using Unsigned = std::make_unsigned_t<T>;
      // Flipping the sign bit maps [min, max] to [0, max - min] in order.
      constexpr auto kFlip = static_cast<Unsigned>(std::is_signed_v<T> ? Unsigned{1} << (8 * sizeof(T) - 1) : 0);
      if constexpr (kFlip == 0)
        std::memcpy(to, from, count * sizeof(T));
      else
        convertEach<Unsigned, Unsigned>(from, to, count,
                                        [](Unsigned v) { return static_cast<Unsigned>(v ^ kFlip); });
    } else {
      convertEach<T, float>(from, to, count, [](T v) { return static_cast<float>(v); });
    }
  });
}

}  // namespace volary
