#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace volary {

/// The ids that an integer pattern stands for, in its order: a comma list of "N", "A-B", "A-B:STEP", both ends
/// included, descending where A > B; empty stands for the id 0. Nothing if it is no pattern or gives more than
/// `maxIds`. Source: spimdata, mpicbg.spim.data.sequence.IntegerPattern.
std::optional<std::vector<int>> findPatternIds(std::string_view pattern, std::size_t maxIds);

}  // namespace volary
