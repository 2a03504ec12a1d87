#include "base/text_values.h"

#include <algorithm>
#include <charconv>

namespace volary {

namespace {

/// Asked of every character of registrations that come by the hundred thousand: std::string_view::find_first_of calls
/// memchr for each, which was a quarter of the time to open such a project.
constexpr bool isSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

template <typename Number>
std::optional<Number> findNumber(std::string_view text) {
  text = trim(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <typename Number>
std::optional<std::vector<Number>> findNumbers(std::string_view text) {
  std::vector<Number> values;
  for (text = trim(text); !text.empty();) {
    const auto end = static_cast<std::size_t>(std::ranges::find_if(text, isSpace) - text.begin());
    const std::optional<Number> value = findNumber<Number>(text.substr(0, end));
    if (!value) return std::nullopt;
    values.push_back(*value);
    text = trim(text.substr(end));
  }
  return values;
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && isSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && isSpace(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<int> findInt(std::string_view text) { return findNumber<int>(text); }
std::optional<double> findDouble(std::string_view text) { return findNumber<double>(text); }
std::optional<std::vector<int>> findInts(std::string_view text) { return findNumbers<int>(text); }
std::optional<std::vector<double>> findDoubles(std::string_view text) { return findNumbers<double>(text); }

}  // namespace volary
