#pragma once

#include "scene/view.h"

#include <filesystem>

namespace volary {

/// Keeps the view of a window that ends against its will, as JSON that `--view` reads: $XDG_STATE_HOME/volary/last-view.json,
/// or ~/.local/state/volary/last-view.json (XDG Base Directory Specification 0.8). Returns the path; empty if there is no
/// home. Throws Error if it can't be written.
std::filesystem::path saveLastView(const View& view);

}  // namespace volary
