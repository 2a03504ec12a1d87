#pragma once

#include "formats/hdf5/link.h"
#include "formats/hdf5/object_header.h"

#include <functional>
#include <optional>
#include <string>

namespace volary::hdf5 {

class File;

/// True if the object has links.
bool isGroup(const ObjectHeader& header);

/// Calls `visit` for each link of a group until it returns false; in no particular order. Knows groups of old style
/// (symbol tables) and new style, compact and dense. Throws Error if the group is damaged.
void visitLinks(const File& file, const ObjectHeader& group, const std::function<bool(const Link&)>& visit);

/// The link of that name; reads only the way to it. Nothing if there is none, or if the object is no group.
std::optional<Link> findLink(const File& file, const ObjectHeader& group, const std::string& name);

}  // namespace volary::hdf5
