#include "pyramid/voxel_type.h"

#include <array>
#include <limits>
#include <type_traits>

namespace volary {

namespace {

// In the order of VoxelType.
constexpr std::array<std::string_view, 10> kNames = {"uint8", "int8",   "uint16", "int16",   "uint32",
                                                     "int32", "uint64", "int64",  "float32", "float64"};

}  // namespace

std::size_t voxelBytes(VoxelType type) {
  return visitVoxelType(type, [](auto zero) { return sizeof(zero); });
}

std::string_view voxelTypeName(VoxelType type) { return kNames[static_cast<std::size_t>(type)]; }

std::optional<VoxelType> findVoxelType(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<VoxelType>(i);
  return std::nullopt;
}

bool isInteger(VoxelType type) {
  return visitVoxelType(type, [](auto zero) { return std::is_integral_v<decltype(zero)>; });
}

ValueRange naturalRange(VoxelType type) {
  return visitVoxelType(type, [](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T>)
      return ValueRange{static_cast<double>(std::numeric_limits<T>::min()),
                        static_cast<double>(std::numeric_limits<T>::max())};
    else
      return ValueRange{};
  });
}

}  // namespace volary
