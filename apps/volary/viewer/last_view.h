#pragma once

#include "scene/view.h"

#include <filesystem>

namespace volary {

/// Saves the view of a window that an error ends, as JSON that `--view` reads: last-view.json in UserFolder::state.
/// Returns the path; empty if there is no home. Throws Error if it can't be written.
std::filesystem::path saveLastView(const View& view);

}  // namespace volary
