#include "base/name_pattern.h"

#include <array>
#include <cctype>
#include <cstddef>
#include <optional>

namespace volary {

namespace {

struct CharacterClass {
  std::string_view name;
  int (*holds)(int);
};
constexpr std::array<CharacterClass, 12> kClasses = {{{"alnum", std::isalnum},
                                                      {"alpha", std::isalpha},
                                                      {"blank", std::isblank},
                                                      {"cntrl", std::iscntrl},
                                                      {"digit", std::isdigit},
                                                      {"graph", std::isgraph},
                                                      {"lower", std::islower},
                                                      {"print", std::isprint},
                                                      {"punct", std::ispunct},
                                                      {"space", std::isspace},
                                                      {"upper", std::isupper},
                                                      {"xdigit", std::isxdigit}}};

/// A part of a pattern that stands for one character of a name.
struct Step {
  bool fits = false;
  std::size_t bytes = 0;  ///< of the pattern
};

/// The class that `pattern`, "[:name:] ...", begins with.
std::optional<CharacterClass> findClass(std::string_view pattern) {
  for (const CharacterClass& each : kClasses)
    if (pattern.substr(2).starts_with(each.name) && pattern.substr(2 + each.name.size()).starts_with(":]")) return each;
  return std::nullopt;
}

/// `pattern` begins with [; nothing if no ] follows.
std::optional<Step> stepOfSet(std::string_view pattern, unsigned char c) {
  std::size_t at = 1;
  const bool others = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (others) ++at;
  bool isIn = false;
  // The first ] is a member.
  for (const std::size_t first = at; at < pattern.size() && (pattern[at] != ']' || at == first);) {
    if (pattern.substr(at).starts_with("[:")) {
      if (const auto found = findClass(pattern.substr(at))) {
        isIn = isIn || found->holds(c) != 0;
        at += found->name.size() + 4;
        continue;
      }
    }
    const auto takeMember = [&]() -> std::optional<unsigned char> {
      if (pattern[at] == '\\') ++at;
      if (at >= pattern.size()) return std::nullopt;
      return static_cast<unsigned char>(pattern[at++]);
    };
    const std::optional<unsigned char> low = takeMember();
    std::optional<unsigned char> high = low;
    // A - that ends the set is a member.
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      ++at;
      high = takeMember();
    }
    if (!low || !high) return std::nullopt;
    isIn = isIn || (*low <= c && c <= *high);
  }
  if (at >= pattern.size()) return std::nullopt;
  return Step{.fits = isIn != others, .bytes = at + 1};
}

/// `pattern` begins with anything but *.
Step stepOf(std::string_view pattern, char c) {
  if (pattern[0] == '?') return {.fits = true, .bytes = 1};
  if (pattern[0] == '[')
    if (const auto step = stepOfSet(pattern, static_cast<unsigned char>(c))) return *step;
  if (pattern[0] == '\\') return {.fits = pattern.size() > 1 && pattern[1] == c, .bytes = 2};
  return {.fits = pattern[0] == c, .bytes = 1};
}

}  // namespace

bool fitsPattern(std::string_view pattern, std::string_view name) {
  if (name.starts_with('.') && !pattern.starts_with('.') && !pattern.starts_with("\\.")) return false;
  // Where the last * and what it has taken so far end: if the rest does not fit, it takes one character more. Whether
  // an earlier * might take more makes no difference.
  std::optional<std::string_view> afterStar;
  std::string_view starEnd;
  while (!name.empty() || !pattern.empty()) {
    if (pattern.starts_with('*')) {
      pattern.remove_prefix(1);
      afterStar = pattern;
      starEnd = name;
      continue;
    }
    if (!pattern.empty() && !name.empty()) {
      if (const Step step = stepOf(pattern, name[0]); step.fits) {
        pattern.remove_prefix(step.bytes);
        name.remove_prefix(1);
        continue;
      }
    }
    if (!afterStar || starEnd.empty()) return false;
    starEnd.remove_prefix(1);
    pattern = *afterStar;
    name = starEnd;
  }
  return true;
}

}  // namespace volary
