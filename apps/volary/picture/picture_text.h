#pragma once

#include "export/image_file.h"
#include "paging/render_converged.h"
#include "scene/view.h"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace volary {

/// The keyword of the text that holds a picture's view.
inline constexpr const char* kViewKeyword = "volary:view";

/// What a picture shows: how much of what its pixels ask for, and at which levels.
struct PictureContent {
  std::uint64_t bricksWanted = 0;
  std::uint64_t bricksShown = 0;
  std::uint64_t bricksFailed = 0;
  std::uint64_t bricksHidden = 0;  ///< behind what is opaque: no ray reaches them
  bool cacheHeldAll = true;        ///< false: bricks outside of the picture's middle are missing, and not counted
  double lodBias =
      0.0;  ///< see WantedSet::bias: above 0 the page cache was too small for the detail that the pixels ask for
  WantedBy wantedBy = WantedBy::screen;
  std::optional<ShownResolution> resolution;   ///< absent if unknown: the picture is not complete
  std::map<int, std::uint64_t> shownPerLevel;  ///< level -> bricks that are wanted for themselves and shown
};
PictureContent contentOf(const RenderStats& stats);
PictureContent contentOf(const FrameReport& report);

/// The whole percent of the wanted bricks that are shown or hidden; 100 only if nothing is missing.
int percentShown(const PictureContent& content);

/// The texts in the file of every picture: the view that made it (volary:view), which can be opened again, and how much
/// of what that view asks for it shows (volary:converged, volary:shown).
std::vector<PngText> makePictureTexts(const View& view, const PictureContent& content);

}  // namespace volary
