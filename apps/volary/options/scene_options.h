#pragma once

#include "pyramid/source.h"
#include "scene/view.h"

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace volary {

/// Which setups a picture shows, and how they are mixed, as stated on the command line.
struct SceneOptions {
  std::string setups;  ///< "2", "0,1,5" or "all"; empty = the view's, or the first setup
  std::optional<int> timepoint;
  std::string colours;  ///< one for each setup, in their order
  std::string blend;
};

/// Adds --setup, --time, --colour and --blend.
void addSceneOptions(CLI::App& command, SceneOptions& options);
/// Checks all that can be checked without the file. Throws UsageError.
void checkSceneOptions(const SceneOptions& options);

/// The image of the current setup; the other setups of the list go into the view. Throws Error if a setup or the time
/// point does not exist, or UsageError if there are more colours than setups.
ImageId findCurrentImage(const SceneOptions& options, const View* saved, const Dataset& dataset);
/// Makes `view` show the setups of the options; without any it is not changed.
void applySceneOptions(const SceneOptions& options, const Dataset& dataset, ImageId current, View& view);

/// The world box of all images that the view shows at its time point, if there are several. Reads their metadata;
/// images that can't be read don't count.
std::optional<Box3> findSceneBox(const View& view, Source& source);

}  // namespace volary
