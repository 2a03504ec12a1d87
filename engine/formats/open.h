#pragma once

#include "pyramid/source.h"

#include <memory>
#include <string>

namespace volary {

/// Opens what `location` names: a path, a pattern of file names ("FOLDER/plane_*.tif"), or
/// "synthetic:NAME?key=value&..." for a field that is computed. Reads metadata only. Throws Error if nothing there can
/// be understood. A new format is one line in open.cpp.
std::unique_ptr<Source> openSource(const std::string& location);

}  // namespace volary
