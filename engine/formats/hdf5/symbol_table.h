#pragma once

#include "formats/hdf5/link.h"

#include <functional>
#include <optional>
#include <string>

namespace volary::hdf5 {

class File;
struct Message;

/// The links of a group of old style: a symbol table message names a B-tree and a heap with the names. `name` limits
/// the visit to the node that would have it. Throws Error if the group is damaged.
void visitSymbols(const File& file, const Message& symbolTable, const std::optional<std::string>& name,
                  const std::function<bool(const Link&)>& visit);

}  // namespace volary::hdf5
