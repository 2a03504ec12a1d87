#include "formats/arrays/value_type.h"

namespace volary::arrays {

namespace {

using Kind = ValueType::Kind;

std::optional<Kind> kindOf(char letter) {
  switch (letter) {
    case 'b': return Kind::boolean;
    case 'i': return Kind::signedInteger;
    case 'u': return Kind::unsignedInteger;
    case 'f': return Kind::floating;
    default: return std::nullopt;
  }
}

bool isWidth(Kind kind, std::size_t bytes) {
  if (kind == Kind::boolean) return bytes == 1;
  if (kind == Kind::floating) return bytes == 2 || bytes == 4 || bytes == 8;
  return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
}

}  // namespace

std::optional<ValueType> findValueType(std::string_view name) {
  if (name == "bool") return ValueType{.kind = Kind::boolean, .bytes = 1};
  if (name == "float16") return ValueType{.kind = Kind::floating, .bytes = 2};
  if (const std::optional<VoxelType> type = findVoxelType(name)) {
    const Kind kind = !isInteger(*type)     ? Kind::floating
                      : name.front() == 'u' ? Kind::unsignedInteger
                                            : Kind::signedInteger;
    return ValueType{.kind = kind, .bytes = voxelBytes(*type)};
  }
  bool bigEndian = false;
  if (!name.empty() && (name[0] == '<' || name[0] == '>' || name[0] == '|' || name[0] == '=')) {
    bigEndian = name[0] == '>';
    name.remove_prefix(1);
  }
  if (name.size() != 2 || name[1] < '1' || name[1] > '8') return std::nullopt;
  const std::optional<Kind> kind = kindOf(name[0]);
  const auto bytes = static_cast<std::size_t>(name[1] - '0');
  if (!kind || !isWidth(*kind, bytes)) return std::nullopt;
  return ValueType{.kind = *kind, .bytes = bytes, .bigEndian = bigEndian && bytes > 1};
}

VoxelType voxelTypeOf(const ValueType& type) {
  switch (type.kind) {
    case Kind::boolean: return VoxelType::uint8;
    case Kind::floating: return type.bytes == 8 ? VoxelType::float64 : VoxelType::float32;
    case Kind::signedInteger:
      return type.bytes == 1   ? VoxelType::int8
             : type.bytes == 2 ? VoxelType::int16
             : type.bytes == 4 ? VoxelType::int32
                               : VoxelType::int64;
    case Kind::unsignedInteger: break;
  }
  return type.bytes == 1   ? VoxelType::uint8
         : type.bytes == 2 ? VoxelType::uint16
         : type.bytes == 4 ? VoxelType::uint32
                           : VoxelType::uint64;
}

bool hasVoxelBits(const ValueType& type) { return type.kind != Kind::floating || type.bytes != 2; }

}  // namespace volary::arrays
