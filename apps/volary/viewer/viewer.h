#pragma once

#include "base/geometry.h"
#include "paging/engine.h"
#include "scene/view.h"
#include "sidecar/sidecar_source.h"

#include <filesystem>
#include <optional>
#include <string>

namespace volary {

struct ViewerOptions {
  std::string location;  ///< what openSource understands
  EngineSettings engine;
  std::string device;                      ///< part of the Vulkan device's name; empty = the best there is
  bool prefetch = true;                    ///< load ahead what the next views want
  std::optional<SidecarSettings> sidecar;  ///< build coarser levels for files without; absent = don't
  bool validation = false;                 ///< Vulkan's validation layer; any message makes the exit status 1
  ivec2 windowSize{1280, 800};             ///< in screen coordinates
  std::optional<View> view;                ///< to start with; absent = the whole image
  std::string greeting;                    ///< shown until the user closes it; empty = none
  std::filesystem::path statusFile;        ///< for tests: the viewer's state as JSON, written whenever it changes
};

/// Opens a window on a dataset and returns when the user closes it: 0, or 1 if validation found something. Throws Error
/// if the file, the display or the device can't be opened; what fails later is shown in the window. A device that is
/// lost is opened again, with the same view; if that does not help, or something else ends the window, the error says
/// where the view was saved (saveLastView()).
int runViewer(const ViewerOptions& options);

// How many seconds a user waits until the GPU has finished the frame that was presented. Throw Error as runViewer does.

/// For an empty window: display, device, panels.
double timeEmptyWindow(const ViewerOptions& options);
/// For a window with the dataset's first picture: an empty window, the file, and the whole coarsest level drawn. Also
/// throws Error if the window is closed before that.
double timeFirstPicture(const ViewerOptions& options);

}  // namespace volary
