#pragma once

#include "sidecar/sidecar_source.h"

#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace volary {

/// The coarser levels that are kept in the user's cache directory.
struct SidecarOptions {
  bool wanted = true;
  double maxGib = 20.0;
  /// For tests: a file that states how many blocks of the levels may be begun; when it is gone, all may.
  std::string blocksFile;
};

/// Adds --sidecar, --no-sidecar, --sidecar-gb and, hidden, --sidecar-blocks; `options.wanted` is the default.
void addSidecarOptions(CLI::App& command, SidecarOptions& options);

SidecarSettings makeSidecarSettings(const SidecarOptions& options);

}  // namespace volary
