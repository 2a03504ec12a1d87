#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace volary::tiff {

/// Order of people: numbers within names count as numbers, so img2 stands before img10.
bool naturalLess(std::string_view a, std::string_view b);

/// What the numbers in a set of file names stand for.
struct NamedAxes {
  /// Per file its place along channel, z and time, from 0.
  struct Place {
    std::int64_t channel = 0, z = 0, timepoint = 0;
  };
  std::vector<Place> places;
  std::int64_t channels = 1, planes = 1, timepoints = 1;
  std::vector<int> timepointIds;  ///< the numbers of the names; empty where none stands for time
};

/// What an axis without a name stands for.
enum class UnnamedAxis : std::uint8_t { planes, timepoints };

/// Understands names that are alike but for numbers behind "z", "c", "ch", "t" and the like ("cell_t003_z0012_c1.tif");
/// one number may lack a name and stands for `unnamed`. Where names are not so, all files in their order are `unnamed`.
/// `names` are in natural order.
NamedAxes understandNames(const std::vector<std::string>& names, UnnamedAxis unnamed);

}  // namespace volary::tiff
