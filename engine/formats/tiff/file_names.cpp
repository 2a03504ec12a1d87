#include "formats/tiff/file_names.h"

#include "base/text_values.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <utility>

namespace volary::tiff {

namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// The digits at `at`, without leading zeros; `at` moves past them.
std::string_view takeNumber(std::string_view text, std::size_t& at) {
  std::size_t begin = at;
  while (at < text.size() && isDigit(text[at])) ++at;
  while (begin + 1 < at && text[begin] == '0') ++begin;
  return text.substr(begin, at - begin);
}

/// A number of any length, in the order of numbers.
using Number = std::pair<std::size_t, std::string>;

/// A name, split into its numbers and the texts between them.
struct NameParts {
  std::vector<std::string> texts;  ///< one more than numbers
  std::vector<Number> numbers;
};

NameParts takeApart(std::string_view name) {
  NameParts parts{.texts = {""}, .numbers = {}};
  for (std::size_t at = 0; at < name.size();) {
    if (!isDigit(name[at])) {
      parts.texts.back() += name[at++];
      continue;
    }
    const std::string_view number = takeNumber(name, at);
    parts.numbers.emplace_back(number.size(), number);
    parts.texts.emplace_back();
  }
  return parts;
}

enum class Axis : std::uint8_t { channel, z, timepoint, unnamed };

/// What a number stands for, judged by the letters before it.
Axis axisAfter(std::string_view text) {
  std::string word;
  while (!text.empty() && (text.back() == '_' || text.back() == '-' || text.back() == '=' || text.back() == ' '))
    text.remove_suffix(1);
  for (; !text.empty() && std::isalpha(static_cast<unsigned char>(text.back())); text.remove_suffix(1))
    word.insert(word.begin(), static_cast<char>(std::tolower(static_cast<unsigned char>(text.back()))));
  constexpr std::array<std::pair<std::string_view, Axis>, 18> kWords = {{{"z", Axis::z},
                                                                         {"slice", Axis::z},
                                                                         {"plane", Axis::z},
                                                                         {"section", Axis::z},
                                                                         {"c", Axis::channel},
                                                                         {"ch", Axis::channel},
                                                                         {"chn", Axis::channel},
                                                                         {"chan", Axis::channel},
                                                                         {"channel", Axis::channel},
                                                                         {"w", Axis::channel},
                                                                         {"wave", Axis::channel},
                                                                         {"wavelength", Axis::channel},
                                                                         {"t", Axis::timepoint},
                                                                         {"tp", Axis::timepoint},
                                                                         {"time", Axis::timepoint},
                                                                         {"timepoint", Axis::timepoint},
                                                                         {"tl", Axis::timepoint},
                                                                         {"frame", Axis::timepoint}}};
  for (const auto& [known, axis] : kWords)
    if (word == known) return axis;
  return Axis::unnamed;
}

NamedAxes inOrder(std::size_t files, UnnamedAxis unnamed) {
  NamedAxes axes;
  const auto count = static_cast<std::int64_t>(files);
  (unnamed == UnnamedAxis::planes ? axes.planes : axes.timepoints) = count;
  for (std::int64_t i = 0; i < count; ++i)
    axes.places.push_back(unnamed == UnnamedAxis::planes ? NamedAxes::Place{.z = i} : NamedAxes::Place{.timepoint = i});
  return axes;
}

/// A number that is not the same in all names.
struct Field {
  std::size_t index;           ///< among the numbers of a name
  std::vector<Number> values;  ///< that occur, in order
};

std::vector<Field> findFields(const std::vector<NameParts>& names) {
  std::vector<Field> fields;
  for (std::size_t i = 0; i < names.front().numbers.size(); ++i) {
    std::set<Number> values;
    for (const NameParts& name : names) values.insert(name.numbers[i]);
    if (values.size() > 1) fields.push_back({i, {values.begin(), values.end()}});
  }
  return fields;
}

std::vector<int> idsOf(const std::vector<Number>& values) {
  std::vector<int> ids;
  for (const Number& value : values) {
    const std::optional<int> id = findInt(value.second);
    if (!id) return {};
    ids.push_back(static_cast<int>(*id));
  }
  return ids;
}

}  // namespace

bool naturalLess(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t k = 0;
  while (i < a.size() && k < b.size()) {
    if (isDigit(a[i]) && isDigit(b[k])) {
      const std::string_view first = takeNumber(a, i);
      const std::string_view second = takeNumber(b, k);
      if (first.size() != second.size()) return first.size() < second.size();
      if (first != second) return first < second;
    } else if (a[i] != b[k]) {
      return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[k]);
    } else {
      ++i;
      ++k;
    }
  }
  // Names that differ in leading zeros alone still need an order.
  if ((a.size() - i == 0) != (b.size() - k == 0)) return a.size() - i == 0;
  return a < b;
}

NamedAxes understandNames(const std::vector<std::string>& names, UnnamedAxis unnamed) {
  std::vector<NameParts> parts;
  for (const std::string& name : names) parts.push_back(takeApart(name));
  for (const NameParts& other : parts)
    if (other.texts != parts.front().texts) return inOrder(names.size(), unnamed);

  NamedAxes axes;
  axes.places.resize(names.size());
  std::set<Axis> used;
  double cells = 1;
  for (const Field& field : findFields(parts)) {
    Axis axis = axisAfter(parts.front().texts[field.index]);
    if (axis == Axis::unnamed) axis = unnamed == UnnamedAxis::planes ? Axis::z : Axis::timepoint;
    if (!used.insert(axis).second) return inOrder(names.size(), unnamed);
    const auto count = static_cast<std::int64_t>(field.values.size());
    cells *= static_cast<double>(count);
    (axis == Axis::channel ? axes.channels : (axis == Axis::z ? axes.planes : axes.timepoints)) = count;
    if (axis == Axis::timepoint) axes.timepointIds = idsOf(field.values);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto found = std::ranges::lower_bound(field.values, parts[i].numbers[field.index]);
      NamedAxes::Place& place = axes.places[i];
      (axis == Axis::channel ? place.channel : (axis == Axis::z ? place.z : place.timepoint)) =
          found - field.values.begin();
    }
  }
  // A set of which most is missing was not meant as one; and no two files may have the same place.
  std::set<std::array<std::int64_t, 3>> taken;
  for (const NamedAxes::Place& place : axes.places) taken.insert({place.channel, place.z, place.timepoint});
  const auto files = static_cast<double>(names.size());
  if (taken.size() != names.size() || 2 * files < cells) return inOrder(names.size(), unnamed);
  return axes;
}

}  // namespace volary::tiff
