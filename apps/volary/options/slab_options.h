#pragma once

#include "scene/view.h"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace volary {

/// Which plane an oblique slice shows, how thick slices are, and which planes stand in the volume picture, as stated on
/// the command line.
struct SlabOptions {
  std::string plane;
  std::string slab;
  std::vector<std::string> shownPlanes;
};

/// Adds --plane, --slab and --show-plane.
void addSlabOptions(CLI::App& command, SlabOptions& options);

/// Replaces what the view has by what is given. Throws UsageError if a text is not of its form.
void applySlabOptions(const SlabOptions& options, View& view);

}  // namespace volary
