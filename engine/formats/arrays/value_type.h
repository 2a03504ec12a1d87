#pragma once

#include "pyramid/voxel_type.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace volary::arrays {

/// The form of a number in a file.
struct ValueType {
  enum class Kind : unsigned char { boolean, signedInteger, unsignedInteger, floating };
  Kind kind = Kind::unsignedInteger;
  std::size_t bytes = 1;  ///< 1, 2, 4 or 8; a floating-point number of 2 is an IEEE half
  bool bigEndian = false;
};

/// The type of NumPy's short notation, "<u2", "|b1", ">f4"; also by name, "uint16", "bool", "float16". Nothing for
/// other kinds of values.
std::optional<ValueType> findValueType(std::string_view name);

/// The voxel type that Volary shows it as: bool is uint8, float16 is float32.
VoxelType voxelTypeOf(const ValueType& type);

/// True if a voxel has the same bits as the value, apart from the byte order.
bool hasVoxelBits(const ValueType& type);

}  // namespace volary::arrays
