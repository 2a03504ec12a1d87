#pragma once

#include "formats/arrays/array_level.h"

#include <cstdint>
#include <string>
#include <vector>

namespace volary::arrays {

/// An axis as metadata name it.
struct NamedAxis {
  std::string name;
  std::string type;  ///< space, time, channel or another word; may be empty
  std::string unit;  ///< as stated: "micrometer"; may be empty
};

/// What each axis of an array of `shape` is, by name and type. Without `axes` they are the last ones of t, c, z, y, x.
/// Axes without a role become a warning. Throws Error (without a name) if their number is not that of `shape`, or none
/// is spatial.
AxisRoles findRoles(const std::vector<NamedAxis>& axes, const std::vector<std::int64_t>& shape,
                    std::vector<std::string>& warnings);

/// "micrometer" -> "µm": the UDUNITS-2 names of lengths that OME-NGFF allows, and common others; other words stay, and
/// an empty one becomes "pixel".
std::string shortUnit(const std::string& unit);

}  // namespace volary::arrays
