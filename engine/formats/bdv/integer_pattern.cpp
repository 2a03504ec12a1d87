#include "formats/bdv/integer_pattern.h"

#include "base/text_values.h"

#include <algorithm>
#include <cstdint>
#include <string>

namespace volary {

namespace {

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

std::optional<std::vector<int>> findPatternIds(std::string_view pattern, std::size_t maxIds) {
  std::string packed;
  for (const char c : pattern)
    if (!trim(std::string_view(&c, 1)).empty()) packed += c;
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
