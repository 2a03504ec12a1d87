#pragma once

#include <optional>
#include <string_view>
#include <vector>

/// Numbers as files write them in text: any white space around and between, Java's and C's notations, never the
/// locale's.
namespace volary {

std::string_view trim(std::string_view text);

/// The whole of `text` as a number; nothing if it is something else. A double may be infinite or NaN.
std::optional<int> findInt(std::string_view text);
std::optional<double> findDouble(std::string_view text);

/// All numbers of a list that is separated by white space; nothing if one of them is not a number.
std::optional<std::vector<int>> findInts(std::string_view text);
std::optional<std::vector<double>> findDoubles(std::string_view text);

}  // namespace volary
