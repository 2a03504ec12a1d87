#pragma once

#include "formats/hdf5/cursor.h"
#include "pyramid/voxel_type.h"

#include <cstddef>
#include <optional>
#include <string>

namespace volary::hdf5 {

class File;
struct Message;

/// HDF5 file format, IV.A.2.d "Datatype": classes.
enum class TypeClass : unsigned {
  fixedPoint,
  floatingPoint,
  time,
  string,
  bitField,
  opaque,
  compound,
  reference,
  enumeration,
  variableLength,
  array,
};

enum class StringPadding { none, nullTerminated, nullPadded, spacePadded };

/// What one element of a dataset or an attribute is.
struct Datatype {
  TypeClass typeClass = TypeClass::fixedPoint;
  std::size_t bytes = 0;
  bool bigEndian = false;
  /// The number type that the elements have, bit by bit; absent if they are not numbers, or unusual ones. An
  /// enumeration counts as the integers that it names.
  std::optional<VoxelType> number;
  StringPadding padding = StringPadding::none;
  bool isVariableString = false;

  bool isString() const { return typeClass == TypeClass::string || isVariableString; }
};

/// Reads a datatype description. Throws Error if it is damaged; classes and versions that are not known leave
/// `number` absent.
Datatype parseDatatype(Cursor cursor);

/// Reads the message, or what it points to: a committed datatype. Throws Unsupported for other shared messages.
Datatype readDatatype(const File& file, const Message& message);

/// What to call it in an error: "a compound type", "an integer of 3 bytes".
std::string describe(const Datatype& type);

}  // namespace volary::hdf5
