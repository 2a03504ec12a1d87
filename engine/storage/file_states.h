#pragma once

#include "storage/location.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace volary {

/// A line for each of `locations`, with its name, size, and time of last change: together they tell one state of the
/// files from another. A folder also has the lines of what lies in it, two folders deep and at most 20,000 entries in
/// all, because a store of chunks may have any number: writing a chunk anew changes the time of its folder. A file that
/// is missing has a line, too. Nothing if all are missing, or their stores can't tell.
std::optional<std::string> describeStates(std::span<const Location> locations);

/// What the files take together. Nothing if there are none, or a folder is among them.
std::optional<std::uint64_t> totalBytes(std::span<const Location> files);

}  // namespace volary
