#pragma once

#include "scene/view.h"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace volary {

/// The cut of the volume picture, as stated on the command line.
struct ClipOptions {
  std::string box;
  std::vector<std::string> planes;
};

/// Adds --clip-box and --clip-plane.
void addClipOptions(CLI::App& command, ClipOptions& options);

/// Replaces the view's own box and planes by those that are given. Throws UsageError if a text is not of its form.
void applyClipOptions(const ClipOptions& options, View& view);

}  // namespace volary
