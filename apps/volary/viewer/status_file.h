#pragma once

#include "viewer/viewer_model.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace volary {

/// The viewer's state for programs, which can't see the window: a JSON file, replaced as a whole whenever the state has
/// changed.
///
/// {"frame", "events" (handled so far), "finished" (the picture is what it will be), "converged", "sharp",
/// "fractionComplete", "cacheHoldsAll", "moving", "view", "sizePx": [w, h], "regions": [{"kind", "axis", "offsetPx",
/// "sizePx"}], "panelsOpen", "helpOpen", "fullScreen", "flySpeed", "messages": [], "screenshots": [paths],
/// "bricksFailed", "bricksUnreached", "location", "ahead": {"loaded", "used", "wasted", "resident", "loading"}}
class StatusFile {
 public:
  /// An empty path: nothing is written.
  explicit StatusFile(std::filesystem::path path) : path_(std::move(path)) {}

  struct State {
    std::uint64_t events = 0;
    bool upToDate = false;  ///< the last frame that was drawn shows the view as it is now
    ivec2 sizePx{0};
    bool fullScreen = false;
    std::vector<std::string> screenshots;
    std::string location;
  };
  /// Throws Error if the file can't be written.
  void update(const ViewerModel& model, const State& state);

 private:
  std::filesystem::path path_;
  std::string written_;
  std::uint64_t frame_ = 0;
};

}  // namespace volary
