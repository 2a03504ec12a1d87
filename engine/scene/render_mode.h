#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace volary {

/// How what lies along a ray becomes a pixel.
enum class RenderMode { mip, minip, average, sum, attenuated, first, iso, dvr };

struct RenderModeInfo {
  RenderMode mode;
  std::string_view id;     ///< in views and on the command line
  std::string_view label;  ///< for people
  std::string_view text;
  bool endsEarly = false;   ///< rays go from front to back, and end where nothing behind can be seen
  bool integrates = false;  ///< what the samples stand for adds up: View::jitter is of these
};

/// All modes, in the order of the enum.
inline constexpr std::array<RenderModeInfo, 8> kRenderModes = {{
    {RenderMode::mip, "mip", "Maximum", "maximum intensity projection"},
    {RenderMode::minip, "minip", "Minimum", "minimum intensity projection"},
    {RenderMode::average, "average", "Average", "mean along the ray", false, true},
    {RenderMode::sum, "sum", "Sum", "what is brighter than black, over the image's longest edge: thick is bright",
     false, true},
    {RenderMode::attenuated, "attenuated", "Attenuated maximum", "maximum, dimmed by what is bright in front of it",
     true},
    {RenderMode::first, "first", "First hit", "first peak along the ray of at least the iso value", true},
    {RenderMode::iso, "iso", "Isosurface", "surface at the iso value, lit", true},
    {RenderMode::dvr, "dvr", "Compositing", "compositing through a transfer function", true, true},
}};

constexpr const RenderModeInfo& infoOf(RenderMode mode) { return kRenderModes[static_cast<std::size_t>(mode)]; }

constexpr std::optional<RenderMode> findRenderMode(std::string_view id) {
  for (const RenderModeInfo& info : kRenderModes)
    if (info.id == id) return info.mode;
  return std::nullopt;
}

}  // namespace volary
