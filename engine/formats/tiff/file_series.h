#pragma once

#include "formats/tiff/layout.h"
#include "storage/location.h"

#include <string>
#include <string_view>
#include <vector>

namespace volary::tiff {

/// True if a file's name ends in .tif or .tiff, in any case, and it is not hidden.
bool hasTiffName(std::string_view name);

/// The files of a folder that fit, in natural order: those with a TIFF file's name, or that fit `pattern` if it is not
/// empty. Their contents are not looked at. Throws Error if the folder can't be read.
std::vector<Location> listFiles(const Location& folder, const std::string& pattern);

/// The layout of files that each hold a plane or a stack like that of the first one, whose layout is `first`. Only the
/// first is opened: what is in the others is seen when they are read. `opened` is what the user picked.
Layout makeSeriesLayout(const Layout& first, const std::vector<Location>& files, const Location& opened);

}  // namespace volary::tiff
