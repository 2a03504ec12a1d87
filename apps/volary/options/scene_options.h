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

/// Which setups a picture shows, and how they are mixed, as the command line names them.
struct SceneOptions {
  std::string setups;  ///< "2", "0,1,5" or "all"; empty = the view's, or the first setup
  std::optional<int> timepoint;
  std::string colours;  ///< one a setup, in their order
  std::string blend;
};

/// Adds --setup, --time, --colour and --blend.
void addSceneOptions(CLI::App& command, SceneOptions& options);
/// All that can be told without the file. Throws UsageError.
void checkSceneOptions(const SceneOptions& options);

/// The setup that the picture is made around; the rest of the list stands in the view. Throws Error if a setup or the
/// time point does not exist, or UsageError if there are more colours than setups.
ImageId findCurrentImage(const SceneOptions& options, const View* saved, const Dataset& dataset);
/// Makes `view` show the setups of the options; without any it shows what it did.
void applySceneOptions(const SceneOptions& options, const Dataset& dataset, ImageId current, View& view);

/// The world box of all that the view shows at its time point, if that is more than one image. Reads their metadata;
/// what can't be read does not count.
std::optional<Box3> findSceneBox(const View& view, Source& source);

}  // namespace volary
