// Based on: HDF5 file format 3.0, IV.A.2.d "The Datatype Message".
#include "formats/hdf5/datatype.h"

#include "formats/hdf5/file.h"
#include "formats/hdf5/object_header.h"
#include "formats/hdf5/unsupported.h"

#include <array>

namespace volary::hdf5 {

namespace {

constexpr const char* kDatatype = "datatype";

std::optional<VoxelType> findInteger(std::size_t bytes, bool isSigned) {
  switch (bytes) {
    case 1: return isSigned ? VoxelType::int8 : VoxelType::uint8;
    case 2: return isSigned ? VoxelType::int16 : VoxelType::uint16;
    case 4: return isSigned ? VoxelType::int32 : VoxelType::uint32;
    case 8: return isSigned ? VoxelType::int64 : VoxelType::uint64;
    default: return std::nullopt;
  }
}

void parseFixedPoint(Cursor& cursor, std::uint32_t bits, Datatype& type) {
  type.bigEndian = (bits & 1u) != 0;
  const unsigned bitOffset = cursor.u16();
  const unsigned precision = cursor.u16();
  if (bitOffset == 0 && precision == 8 * type.bytes) type.number = findInteger(type.bytes, (bits & 8u) != 0);
}

void parseFloatingPoint(Cursor& cursor, std::uint32_t bits, Datatype& type) {
  type.bigEndian = (bits & 1u) != 0;
  const bool isVax = (bits & 0x40u) != 0;
  const bool impliedBit = (bits >> 4 & 3u) == 2;
  struct Format {
    unsigned sign, bitOffset, precision, exponentAt, exponentBits, mantissaAt, mantissaBits;
    std::uint32_t bias;
    bool operator==(const Format&) const = default;
  } format{};
  format.sign = bits >> 8 & 0xffu;
  format.bitOffset = cursor.u16();
  format.precision = cursor.u16();
  format.exponentAt = cursor.u8();
  format.exponentBits = cursor.u8();
  format.mantissaAt = cursor.u8();
  format.mantissaBits = cursor.u8();
  format.bias = cursor.u32();
  if (isVax || !impliedBit) return;
  // IEEE 754 binary32 and binary64.
  if (type.bytes == 4 && format == Format{31, 0, 32, 23, 8, 0, 23, 127}) type.number = VoxelType::float32;
  if (type.bytes == 8 && format == Format{63, 0, 64, 52, 11, 0, 52, 1023}) type.number = VoxelType::float64;
}

StringPadding paddingOf(std::uint32_t code) {
  constexpr std::array kPaddings = {StringPadding::nullTerminated, StringPadding::nullPadded,
                                    StringPadding::spacePadded};
  return code < kPaddings.size() ? kPaddings[code] : StringPadding::none;
}

Datatype parseNested(Cursor& cursor, int depth) {
  Datatype type;
  const unsigned classAndVersion = cursor.u8();
  const auto bits = static_cast<std::uint32_t>(cursor.number(3));
  type.bytes = cursor.u32();
  type.typeClass = static_cast<TypeClass>(classAndVersion & 0xfu);
  const unsigned version = classAndVersion >> 4;
  if (version == 0 || version > 5) fail("a datatype has the unknown version {}", version);
  switch (type.typeClass) {
    case TypeClass::fixedPoint: parseFixedPoint(cursor, bits, type); break;
    case TypeClass::floatingPoint: parseFloatingPoint(cursor, bits, type); break;
    case TypeClass::string: type.padding = paddingOf(bits & 0xfu); break;
    case TypeClass::enumeration: {
      if (depth > 0) fail("a datatype is nested in a senseless way");
      const Datatype base = parseNested(cursor, depth + 1);
      if (base.bytes != type.bytes) fail("an enumeration has {} bytes and its numbers {}", type.bytes, base.bytes);
      type.number = base.number;
      type.bigEndian = base.bigEndian;
      break;
    }
    case TypeClass::variableLength:
      type.isVariableString = (bits & 0xfu) == 1;
      type.padding = paddingOf(bits >> 4 & 0xfu);
      break;
    default: break;
  }
  if (type.bytes == 0) fail("a datatype has no bytes");
  return type;
}

/// IV.A.2 "Shared Message", versions 1 to 3: the address of the header that has the true message.
std::uint64_t parseSharedAddress(Cursor cursor) {
  const unsigned version = cursor.u8();
  const unsigned kind = cursor.u8();
  if (version == 1) cursor.skip(6);
  if (version == 0 || version > 3) failUnsupported("a shared message has the unknown version {}", version);
  if (version == 3 && kind == 1) failUnsupported("a message stands in the file's table of shared messages");
  return cursor.address();
}

}  // namespace

Datatype parseDatatype(Cursor cursor) { return parseNested(cursor, 0); }

Datatype readDatatype(const File& file, const Message& message) {
  if (!message.isShared) return parseDatatype({message.body, file.widths(), kDatatype});
  const ObjectHeader committed = readObjectHeader(file, parseSharedAddress(message.cursor(file.widths())));
  const Message* type = committed.find(MessageType::datatype);
  if (!type || type->isShared) fail("a shared datatype is not where it is said to be");
  return parseDatatype({type->body, file.widths(), kDatatype});
}

std::string describe(const Datatype& type) {
  constexpr std::array kNames = {"an integer",     "a floating-point number", "a time",          "a string",
                                 "a bit field",    "an opaque type",          "a compound type", "a reference",
                                 "an enumeration", "a variable-length type",  "an array"};
  const auto index = static_cast<std::size_t>(type.typeClass);
  return fmt::format("{} of {} bytes", index < kNames.size() ? kNames[index] : "an unknown type", type.bytes);
}

}  // namespace volary::hdf5
