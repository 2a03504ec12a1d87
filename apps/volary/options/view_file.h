#pragma once

#include "scene/view.h"

#include <filesystem>

namespace volary {

/// The view in a .json file, or the one that a picture of `volary render` or of the viewer (.png) was made with. Throws
/// Error, naming the file, if there is none or it is damaged.
View readViewFile(const std::filesystem::path& path);

}  // namespace volary
