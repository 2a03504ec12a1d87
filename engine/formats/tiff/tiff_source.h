#pragma once

#include "pyramid/source.h"
#include "storage/location.h"

#include <memory>
#include <string>
#include <string_view>

namespace volary {

/// True if a file begins as TIFF and BigTIFF files do.
bool hasTiffSignature(std::string_view head);

/// True if a folder has files with names of TIFF files.
bool hasTiffFiles(const Location& folder);

/// True if a file is the companion file (NAME.companion.ome) with the XML of an OME-TIFF set, by name or content.
bool isOmeCompanion(const Location& file, std::string_view head);

/// Opens a TIFF file: a stack, an ImageJ hyperstack, or an OME-TIFF dataset of one or more files of which this is one.
/// Reads directories and descriptions, no voxels. Throws Error.
std::unique_ptr<Source> openTiff(const Location& file);

/// Opens an OME-TIFF dataset by its companion file. Throws Error.
std::unique_ptr<Source> openOmeCompanion(const Location& file);

/// Opens the TIFF files of a folder as one stack or series, in natural order of their names. Throws Error.
std::unique_ptr<Source> openTiffFolder(const Location& folder);

/// Opens the files whose names fit a pattern, "FOLDER/plane_*.tif", as openTiffFolder does. Throws Error.
std::unique_ptr<Source> openTiffPattern(const Location& pattern);

}  // namespace volary
