#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace volary {

/// The number type of one voxel, as the file means it (not as it is stored: BigDataViewer's uint16 is stored as int16).
enum class VoxelType : std::uint8_t {
  uint8,
  int8,
  uint16,
  int16,
  uint32,
  int32,
  uint64,
  int64,
  float32,
  float64,
};

std::size_t voxelBytes(VoxelType type);

/// "uint8" ... "float64": the names of N5, NumPy and BigDataViewer's `dataType`.
std::string_view voxelTypeName(VoxelType type);
std::optional<VoxelType> findVoxelType(std::string_view name);

bool isInteger(VoxelType type);

/// The smallest and largest value of an integer type; [0, 1] for floating-point types, which have no natural range.
struct ValueRange {
  double min = 0.0;
  double max = 1.0;
  bool operator==(const ValueRange&) const = default;
};
ValueRange naturalRange(VoxelType type);

/// Calls `visitor` with a value of the C++ type that `type` stands for: visitVoxelType(t, [](auto zero) { using T =
/// decltype(zero); ... }).
template <typename Visitor>
decltype(auto) visitVoxelType(VoxelType type, Visitor&& visitor) {
  switch (type) {
    case VoxelType::uint8: return visitor(std::uint8_t{});
    case VoxelType::int8: return visitor(std::int8_t{});
    case VoxelType::uint16: return visitor(std::uint16_t{});
    case VoxelType::int16: return visitor(std::int16_t{});
    case VoxelType::uint32: return visitor(std::uint32_t{});
    case VoxelType::int32: return visitor(std::int32_t{});
    case VoxelType::uint64: return visitor(std::uint64_t{});
    case VoxelType::int64: return visitor(std::int64_t{});
    case VoxelType::float32: return visitor(float{});
    case VoxelType::float64: break;
  }
  return visitor(double{});
}

}  // namespace volary
