#pragma once

#include "sidecar/sidecar_source.h"

#include <memory>

namespace CLI {
class App;
}

namespace volary {

/// The coarser levels that are kept in the user's cache directory.
struct SidecarOptions {
  bool wanted = true;
  double maxGib = 20.0;
};

/// Adds --sidecar, --no-sidecar and --sidecar-gb; `options.wanted` is what holds without.
void addSidecarOptions(CLI::App& command, SidecarOptions& options);

SidecarSettings makeSidecarSettings(const SidecarOptions& options);

}  // namespace volary
