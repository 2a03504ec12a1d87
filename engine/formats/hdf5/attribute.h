#pragma once

#include "formats/hdf5/datatype.h"
#include "formats/hdf5/messages.h"
#include "formats/hdf5/object_header.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace volary::hdf5 {

class File;

/// A named value of an object, as it is stored.
struct Attribute {
  std::string name;
  Datatype type;
  Dataspace space;
  std::vector<std::byte> data;
};

/// Calls `visit` for each attribute of an object until it returns false; in no particular order. Throws Unsupported at
/// attributes that this reader can't describe; with `name` it looks at no other ones.
void visitAttributes(const File& file, const ObjectHeader& object, const std::optional<std::string>& name,
                     const std::function<bool(const Attribute&)>& visit);

/// The values of a string attribute, fixed or variable length, without padding. Throws Error if it is not a string
/// attribute, or if its values together are longer than `maxBytes`.
std::vector<std::string> readStrings(const File& file, const Attribute& attribute, std::uint64_t maxBytes);

/// The values of an attribute of numbers. Throws Error if it has no numbers, Unsupported for unusual ones.
std::vector<double> readNumbers(const Attribute& attribute);

/// `bytes` as numbers of `type`, whatever their byte order.
std::vector<double> convertNumbers(std::span<const std::byte> bytes, const Datatype& type);

}  // namespace volary::hdf5
