#include "formats/arrays/axis_roles.h"

#include "base/error.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

namespace volary::arrays {

namespace {

std::string lowerCase(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// The place in `roles` for an axis; null for one that names no role, or a role that is taken.
int* findRole(const NamedAxis& axis, AxisRoles& roles) {
  const std::string name = lowerCase(axis.name);
  int* role = nullptr;
  if (name == "x") role = &roles.x;
  if (name == "y") role = &roles.y;
  if (name == "z") role = &roles.z;
  if (name == "c" || name == "channel" || axis.type == "channel") role = &roles.channel;
  if (name == "t" || name == "time" || axis.type == "time") role = &roles.time;
  return role && *role < 0 ? role : nullptr;
}

/// t, c, z, y, x or the last of them: the axes of versions 0.1 and 0.2, and mostly of arrays without names.
std::vector<NamedAxis> defaultAxes(std::size_t rank) {
  constexpr std::array<const char*, 5> kNames = {"t", "c", "z", "y", "x"};
  std::vector<NamedAxis> axes;
  for (std::size_t i = kNames.size() - std::min(rank, kNames.size()); i < kNames.size(); ++i)
    axes.push_back({.name = kNames[i], .type = {}, .unit = {}});
  while (axes.size() < rank) axes.insert(axes.begin(), NamedAxis{});
  return axes;
}

}  // namespace

AxisRoles findRoles(const std::vector<NamedAxis>& axes, const std::vector<std::int64_t>& shape,
                    std::vector<std::string>& warnings) {
  const std::size_t rank = shape.size();
  const std::vector<NamedAxis> stated = axes.empty() ? defaultAxes(rank) : axes;
  if (stated.size() != rank) fail("it names {} axes, its arrays have {}", stated.size(), rank);
  AxisRoles roles;
  std::vector<std::size_t> others;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (int* role = findRole(stated[axis], roles))
      *role = static_cast<int>(axis);
    else
      others.push_back(axis);
  }
  // Spatial axes of other names: the last one is x.
  for (std::size_t i = others.size(); i-- > 0;) {
    const NamedAxis& axis = stated[others[i]];
    int* free = roles.x < 0 ? &roles.x : roles.y < 0 ? &roles.y : roles.z < 0 ? &roles.z : nullptr;
    if (free && (axis.type == "space" || axis.type.empty())) {
      *free = static_cast<int>(others[i]);
    } else if (roles.channel < 0 && shape[others[i]] > 1) {
      roles.channel = static_cast<int>(others[i]);
      warnings.push_back(fmt::format("its axis \"{}\" is shown as channels", axis.name));
    } else if (shape[others[i]] > 1) {
      warnings.push_back(
          fmt::format("of its axis \"{}\" the first of {} places is shown", axis.name, shape[others[i]]));
    }
  }
  if (roles.x < 0) fail("none of its axes is spatial");
  return roles;
}

std::string shortUnit(const std::string& unit) {
  constexpr std::pair<std::string_view, std::string_view> kUnits[] = {
      {"micrometer", "µm"}, {"micrometre", "µm"}, {"micron", "µm"},     {"um", "µm"},         {"nanometer", "nm"},
      {"nanometre", "nm"},  {"millimeter", "mm"}, {"millimetre", "mm"}, {"centimeter", "cm"}, {"meter", "m"},
      {"metre", "m"},       {"angstrom", "Å"},    {"picometer", "pm"},  {"kilometer", "km"},  {"decimeter", "dm"},
      {"inch", "in"},       {"foot", "ft"},       {"", "pixel"},
  };
  const std::string name = lowerCase(unit);
  for (const auto& [stated, brief] : kUnits)
    if (name == stated) return std::string(brief);
  return unit;
}

}  // namespace volary::arrays
