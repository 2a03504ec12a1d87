#include "formats/synthetic/options.h"

#include "base/error.h"

#include <charconv>
#include <cmath>

namespace volary {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find(separator, begin)) != std::string::npos; begin = end + 1)
    parts.push_back(text.substr(begin, end - begin));
  parts.push_back(text.substr(begin));
  return parts;
}

template <typename T>
std::optional<T> findNumber(const std::string& text) {
  T value{};
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> findFinite(const std::string& text) {
  const std::optional<double> value = findNumber<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<std::int64_t> findInteger(const std::string& text, std::int64_t min, std::int64_t max) {
  const std::optional<std::int64_t> value = findNumber<std::int64_t>(text);
  return value && *value >= min && *value <= max ? value : std::nullopt;
}

// The parts of "AxBxC"; one part stands for all three axes.
std::optional<std::vector<std::string>> findAxes(const std::string& text) {
  std::vector<std::string> parts = split(text, 'x');
  if (parts.size() == 1) parts.resize(3, parts[0]);
  if (parts.size() != 3) return std::nullopt;
  return parts;
}

}  // namespace

SyntheticOptions::SyntheticOptions(const std::string& location) : location_(location) {
  const std::string path = location.substr(location.find(':') + 1);
  const std::size_t question = path.find('?');
  name_ = path.substr(0, question);
  if (question == std::string::npos || question + 1 == path.size()) return;
  for (const std::string& pair : split(path.substr(question + 1), '&')) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) fail("{}: '{}' is not of the form key=value", location_, pair);
    if (!values_.emplace(pair.substr(0, equals), pair.substr(equals + 1)).second)
      fail("{}: the key '{}' is given twice", location_, pair.substr(0, equals));
  }
}

std::optional<std::string> SyntheticOptions::takeText(const std::string& key) {
  known_.push_back(key);
  const auto entry = values_.extract(key);
  if (entry.empty()) return std::nullopt;
  return entry.mapped();
}

std::optional<std::int64_t> SyntheticOptions::takeInteger(const std::string& key, std::int64_t min, std::int64_t max) {
  const std::optional<std::string> text = takeText(key);
  if (!text) return std::nullopt;
  const std::optional<std::int64_t> value = findInteger(*text, min, max);
  if (!value) fail("{}: {} must be an integer from {} to {}, not '{}'", location_, key, min, max, *text);
  return value;
}

std::optional<double> SyntheticOptions::takeNumber(const std::string& key) {
  const std::optional<std::string> text = takeText(key);
  if (!text) return std::nullopt;
  const std::optional<double> value = findFinite(*text);
  if (!value) fail("{}: {} must be a number, not '{}'", location_, key, *text);
  return value;
}

std::optional<i64vec3> SyntheticOptions::takeCounts(const std::string& key, std::int64_t min, std::int64_t max) {
  const std::optional<std::string> text = takeText(key);
  if (!text) return std::nullopt;
  i64vec3 counts(0);
  const std::optional<std::vector<std::string>> parts = findAxes(*text);
  for (int axis = 0; axis < 3; ++axis) {
    const std::optional<std::int64_t> count = parts ? findInteger((*parts)[axis], min, max) : std::nullopt;
    if (!count)
      fail("{}: {} must be three integers from {} to {} like 64x64x32, or one, not '{}'", location_, key, min, max,
           *text);
    counts[axis] = *count;
  }
  return counts;
}

std::optional<dvec3> SyntheticOptions::takeNumbers(const std::string& key) {
  const std::optional<std::string> text = takeText(key);
  if (!text) return std::nullopt;
  dvec3 numbers(0.0);
  const std::optional<std::vector<std::string>> parts = findAxes(*text);
  for (int axis = 0; axis < 3; ++axis) {
    const std::optional<double> number = parts ? findFinite((*parts)[axis]) : std::nullopt;
    if (!number) fail("{}: {} must be three numbers like 0.5x0.5x2, or one, not '{}'", location_, key, *text);
    numbers[axis] = *number;
  }
  return numbers;
}

void SyntheticOptions::expectNoneLeft() const {
  if (values_.empty()) return;
  std::string known;
  for (const std::string& key : known_) known += (known.empty() ? "" : ", ") + key;
  fail("{}: unknown key '{}'; synthetic:{} knows {}", location_, values_.begin()->first, name_, known);
}

}  // namespace volary
