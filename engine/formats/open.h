#pragma once

#include "pyramid/source.h"
#include "storage/location.h"

#include <memory>
#include <string>

namespace volary {

/// Opens what `location` names: a path, a pattern of file names ("FOLDER/plane_*.tif"), or
/// "synthetic:NAME?key=value&..." for a field that is computed. Reads metadata only. Throws Error if nothing there can
/// be understood.
std::unique_ptr<Source> openSource(const std::string& location);

/// The same for a place in any store.
std::unique_ptr<Source> openSource(const Location& location);

/// What openSource() opens besides computed fields, as a list for help texts: "BigDataViewer .xml ..., Imaris .ims,
/// ...".
std::string describeFormats();

}  // namespace volary
