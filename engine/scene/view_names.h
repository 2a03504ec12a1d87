#pragma once

#include "scene/view.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace volary {

/// A value of an enum, with its name in views and on the command line, and its name for people.
template <typename Enum>
struct Named {
  Enum value;
  std::string_view id;
  std::string_view label;
};
template <typename Enum>
Named(Enum, std::string_view, std::string_view) -> Named<Enum>;

// The names of all choices in a view but its mode (scene/render_mode.h), in the order in which the command line lists
// them.

inline constexpr std::array kProjectionNames = {Named{Projection::perspective, "perspective", "Perspective"},
                                                Named{Projection::orthographic, "orthographic", "Orthographic"}};
inline constexpr std::array kLayoutNames = {Named{Layout::volume, "volume", "3-D"},
                                            Named{Layout::slices, "slices", "Slices"},
                                            Named{Layout::oblique, "oblique", "Oblique"}};
inline constexpr std::array kSlabNames = {Named{Slab::maximum, "max", "Max"}, Named{Slab::minimum, "min", "Min"},
                                          Named{Slab::average, "average", "Mean"}};
inline constexpr std::array kInterpolationNames = {Named{Interpolation::nearest, "nearest", "Nearest"},
                                                   Named{Interpolation::trilinear, "trilinear", "Trilinear"}};
inline constexpr std::array kBlendNames = {Named{Blend::sum, "sum", "Sum"}, Named{Blend::maximum, "max", "Maximum"},
                                           Named{Blend::over, "over", "Over"}};
inline constexpr std::array kOverlayNames = {Named{Overlay::residency, "residency", "Residency"},
                                             Named{Overlay::resolution, "resolution", "Resolution"},
                                             Named{Overlay::none, "none", "None"}};
inline constexpr std::array kSpaceNames = {Named{Space::world, "world", "World"},
                                           Named{Space::voxel, "voxel", "Voxels"}};

/// The names of an enum's values; any value may be given.
constexpr std::span<const Named<Projection>> namesOf(Projection) { return kProjectionNames; }
constexpr std::span<const Named<Layout>> namesOf(Layout) { return kLayoutNames; }
constexpr std::span<const Named<Slab>> namesOf(Slab) { return kSlabNames; }
constexpr std::span<const Named<Interpolation>> namesOf(Interpolation) { return kInterpolationNames; }
constexpr std::span<const Named<Blend>> namesOf(Blend) { return kBlendNames; }
constexpr std::span<const Named<Overlay>> namesOf(Overlay) { return kOverlayNames; }
constexpr std::span<const Named<Space>> namesOf(Space) { return kSpaceNames; }

/// The names of one value, which is in the table.
template <typename Enum>
constexpr const Named<Enum>& nameOf(Enum value) {
  const std::span<const Named<Enum>> names = namesOf(value);
  std::size_t i = 0;
  while (names[i].value != value) ++i;
  return names[i];
}

template <typename Enum>
constexpr std::optional<Enum> findNamed(std::string_view id) {
  for (const Named<Enum>& one : namesOf(Enum{}))
    if (one.id == id) return one.value;
  return std::nullopt;
}

/// The words that the command line takes.
template <typename Enum>
std::vector<std::string> idsOf() {
  std::vector<std::string> ids;
  for (const Named<Enum>& one : namesOf(Enum{})) ids.emplace_back(one.id);
  return ids;
}

}  // namespace volary
