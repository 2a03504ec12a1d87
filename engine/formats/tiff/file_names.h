#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace volary::tiff {

/// Natural order: numbers within names count as numbers, so img2 comes before img10.
bool naturalLess(std::string_view a, std::string_view b);

/// What the numbers in a set of file names stand for.
struct NamedAxes {
  /// The place of a file along channel, z and time, from 0.
  struct Place {
    std::int64_t channel = 0, z = 0, timepoint = 0;
  };
  std::vector<Place> places;
  std::int64_t channels = 1, planes = 1, timepoints = 1;
  std::vector<int> timepointIds;  ///< the numbers in the names; empty if none stands for time
};

/// What an axis without a name stands for.
enum class UnnamedAxis : std::uint8_t { planes, timepoints };

/// Understands names that differ only in numbers after "z", "c", "ch", "t" and the like ("cell_t003_z0012_c1.tif"); one
/// number may lack a name and stands for `unnamed`. If names are not like that, all files in their order stand for
/// `unnamed`. `names` are in natural order.
NamedAxes understandNames(const std::vector<std::string>& names, UnnamedAxis unnamed);

}  // namespace volary::tiff
