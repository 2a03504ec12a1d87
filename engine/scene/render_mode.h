#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace volary {

/// How the voxels along a ray become a pixel.
enum class RenderMode { mip, minip, average, sum, attenuated, first, iso, dvr };

/// Everything that the program knows about a mode, except its shader and the numbers that it draws with.
struct RenderModeInfo {
  RenderMode mode;
  std::string_view id;     ///< in views and on the command line
  std::string_view label;  ///< for people
  std::string_view text;
  std::string_view shader;      ///< shaders/march_<shader>.comp draws the mode
  bool endsEarly = false;       ///< rays go from front to back, and end where nothing behind can be seen
  bool integrates = false;      ///< the contributions of samples add up: View::jitter applies to these
  bool skips = true;            ///< there are values that don't change a pixel
  bool composites = false;      ///< through a transfer function; its opacity and View::lighting apply to these
  bool hasIsoValue = false;     ///< View::isoValue applies to these
  bool hasAttenuation = false;  ///< View::attenuation applies to these
  bool hasPeaks = false;        ///< View::peakLevels applies to these
};

/// All modes, in the order of the enum.
inline constexpr std::array kRenderModes = {
    RenderModeInfo{.mode = RenderMode::mip,
                   .id = "mip",
                   .label = "Maximum",
                   .text = "maximum intensity projection",
                   .shader = "mip",
                   .hasPeaks = true},
    RenderModeInfo{.mode = RenderMode::minip,
                   .id = "minip",
                   .label = "Minimum",
                   .text = "minimum intensity projection",
                   .shader = "minip"},
    RenderModeInfo{.mode = RenderMode::average,
                   .id = "average",
                   .label = "Average",
                   .text = "mean along the ray",
                   .shader = "average",
                   .integrates = true,
                   .skips = false},
    RenderModeInfo{.mode = RenderMode::sum,
                   .id = "sum",
                   .label = "Sum",
                   .text = "brightness above black along the ray, over the image's longest edge: thick is bright",
                   .shader = "average",
                   .integrates = true},
    RenderModeInfo{.mode = RenderMode::attenuated,
                   .id = "attenuated",
                   .label = "Attenuated maximum",
                   .text = "maximum, dimmed by what is bright in front of it",
                   .shader = "attenuated",
                   .endsEarly = true,
                   .hasAttenuation = true},
    RenderModeInfo{.mode = RenderMode::first,
                   .id = "first",
                   .label = "First hit",
                   .text = "first peak along the ray of at least the iso value",
                   .shader = "first",
                   .endsEarly = true,
                   .hasIsoValue = true},
    RenderModeInfo{.mode = RenderMode::iso,
                   .id = "iso",
                   .label = "Isosurface",
                   .text = "surface at the iso value, lit",
                   .shader = "iso",
                   .endsEarly = true,
                   .hasIsoValue = true},
    RenderModeInfo{.mode = RenderMode::dvr,
                   .id = "dvr",
                   .label = "Compositing",
                   .text = "compositing through a transfer function",
                   .shader = "dvr",
                   .endsEarly = true,
                   .integrates = true,
                   .composites = true},
};
static_assert([] {
  for (std::size_t i = 0; i < kRenderModes.size(); ++i)
    if (kRenderModes[i].mode != static_cast<RenderMode>(i)) return false;
  return true;
}());

constexpr const RenderModeInfo& infoOf(RenderMode mode) { return kRenderModes[static_cast<std::size_t>(mode)]; }

constexpr std::optional<RenderMode> findRenderMode(std::string_view id) {
  for (const RenderModeInfo& info : kRenderModes)
    if (info.id == id) return info.mode;
  return std::nullopt;
}

}  // namespace volary
