#include "formats/arrays/json_file.h"

#include "base/bytes.h"
#include "base/error.h"
#include "storage/location.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>

namespace volary::arrays {

namespace {

// Consolidated metadata of a plate is some megabytes.
constexpr std::uint64_t kMaxFileBytes = 256 * kMiB;
constexpr int kMaxDepth = 64;

/// Replaces the numbers that Python writes and JSON lacks by null.
std::string withoutNans(std::string_view text) {
  constexpr std::array<std::string_view, 3> kWords = {"-Infinity", "Infinity", "NaN"};
  std::string out;
  out.reserve(text.size());
  bool inString = false;
  for (std::size_t i = 0; i < text.size();) {
    if (inString && text[i] == '\\') {
      out += text.substr(i, 2);
      i += 2;
      continue;
    }
    if (text[i] == '"') inString = !inString;
    std::size_t skipped = 0;
    if (!inString)
      for (const std::string_view word : kWords)
        if (skipped == 0 && text.substr(i).starts_with(word)) skipped = word.size();
    if (skipped > 0) {
      out += "null";
      i += skipped;
    } else {
      out += text[i++];
    }
  }
  return out;
}

/// Called before parsing: the library's own callback, which gets the depth, makes parsing take a time that grows with
/// the square of an array's length.
void refuseDepth(std::string_view text) {
  bool inString = false;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (inString && c == '\\') ++i;
    if (c == '"') inString = !inString;
    if (inString) continue;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > kMaxDepth) fail("JSON nested more than {} deep is absurd", kMaxDepth);
  }
}

}  // namespace

Json parseJson(std::string_view text) {
  refuseDepth(text);
  const bool hasNans = text.find("NaN") != text.npos || text.find("Infinity") != text.npos;
  try {
    return hasNans ? Json::parse(withoutNans(text), nullptr, true, true) : Json::parse(text, nullptr, true, true);
  } catch (const Json::exception& error) {
    // The library's words begin with its own number, "[json.exception.parse_error.101] ".
    const std::string_view words = error.what();
    const std::size_t begin = words.find("] ");
    fail("this is not sound JSON: {}", begin == words.npos ? words : words.substr(begin + 2));
  }
}

std::optional<Json> findJsonFile(const Location& file) {
  return nameInErrors(file, [&]() -> std::optional<Json> {
    const auto bytes = file.findBytes(kMaxFileBytes);
    if (!bytes) return std::nullopt;
    return parseJson({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  });
}

const Json* findMember(const Json& value, std::string_view key) {
  if (!value.is_object()) return nullptr;
  const auto found = value.find(key);
  return found == value.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> findText(const Json& value, std::string_view key) {
  const Json* member = findMember(value, key);
  if (!member || !member->is_string()) return std::nullopt;
  return member->get<std::string>();
}

std::optional<std::vector<double>> findNumbers(const Json* value) {
  if (!value || !value->is_array()) return std::nullopt;
  std::vector<double> numbers;
  for (const Json& element : *value) {
    if (!element.is_number()) return std::nullopt;
    numbers.push_back(element.get<double>());
    if (!std::isfinite(numbers.back())) return std::nullopt;
  }
  return numbers;
}

std::vector<std::int64_t> readIntegers(const Json& value, std::string_view key, std::int64_t min, std::int64_t max) {
  const std::optional<std::vector<double>> numbers = findNumbers(findMember(value, key));
  if (!numbers) fail("its \"{}\" is not an array of numbers", key);
  std::vector<std::int64_t> integers;
  for (const double number : *numbers) {
    if (!(number >= static_cast<double>(min) && number <= static_cast<double>(max)) || number != std::floor(number))
      fail("its \"{}\" holds {}, which is not an integer from {} to {}", key, number, min, max);
    integers.push_back(static_cast<std::int64_t>(number));
  }
  return integers;
}

}  // namespace volary::arrays
