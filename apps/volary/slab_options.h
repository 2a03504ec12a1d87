#pragma once

#include "scene/view.h"

#include <string>

namespace CLI {
class App;
}

namespace volary {

/// Which plane an oblique slice shows, and how thick slices are, as the command line names them.
struct SlabOptions {
  std::string plane;
  std::string slab;
};

/// Adds --plane and --slab.
void addSlabOptions(CLI::App& command, SlabOptions& options);

/// Puts what is given in place of what the view has. Throws UsageError if a text is not of its form.
void applySlabOptions(const SlabOptions& options, View& view);

}  // namespace volary
