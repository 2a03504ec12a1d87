#include "formats/bdv/text_values.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

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

/// One item of a pattern, appended to `ids`; false if it is none or they become too many.
bool appendPatternItem(std::string_view item, std::size_t maxIds, std::vector<int>& ids) {
  std::int64_t step = 1;
  if (const std::size_t colon = item.find(':'); colon != std::string_view::npos) {
    const std::optional<int> stated = findInt(item.substr(colon + 1));
    if (!stated || *stated <= 0) return false;
    step = *stated;
    item = item.substr(0, colon);
  }
  // A minus in front belongs to the number.
  const std::size_t dash = item.find('-', 1);
  const std::optional<int> first = findInt(item.substr(0, dash));
  const std::optional<int> last = dash == std::string_view::npos ? first : findInt(item.substr(dash + 1));
  if (!first || !last) return false;
  const std::int64_t direction = *first <= *last ? step : -step;
  for (std::int64_t id = *first; direction > 0 ? id <= *last : id >= *last; id += direction) {
    if (ids.size() >= maxIds) return false;
    ids.push_back(static_cast<int>(id));
  }
  return true;
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

std::optional<std::vector<int>> findPatternIds(std::string_view pattern, std::size_t maxIds) {
  std::string packed;
  for (const char c : pattern)
    if (!isSpace(c)) packed += c;
  if (packed.empty()) return std::vector<int>{0};
  std::vector<int> ids;
  for (std::string_view rest = packed; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    if (!appendPatternItem(rest.substr(0, comma), maxIds, ids)) return std::nullopt;
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return ids;
}

}  // namespace volary
