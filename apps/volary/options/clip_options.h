#pragma once

#include "scene/view.h"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace volary {

/// What the volume picture is cut to, as the command line names it.
struct ClipOptions {
  std::string box;
  std::vector<std::string> planes;
};

/// Adds --clip-box and --clip-plane.
void addClipOptions(CLI::App& command, ClipOptions& options);

/// Puts what is given in place of the view's own box and planes. Throws UsageError if a text is not of its form.
void applyClipOptions(const ClipOptions& options, View& view);

}  // namespace volary
