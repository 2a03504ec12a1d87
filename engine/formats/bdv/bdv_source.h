#pragma once

#include "formats/shared/candidate.h"
#include "pyramid/source.h"
#include "storage/location.h"

#include <memory>

namespace volary {

/// Opens a BigDataViewer dataset by its XML. Reads the XML and checks that the image file can be opened; nothing of an
/// image is read before it is asked for. Throws Error, one sentence with the file's name.
std::unique_ptr<Source> openBdvXml(const Location& xml);

/// True for an HDF5 file with BigDataViewer's groups, or one that an XML beside it describes.
bool looksLikeBdvHdf5(const Location& hdf5);

/// Opens a BigDataViewer dataset by its HDF5 file: through the XML beside it that names it, or else without
/// registrations, which is a warning. Throws Error if the file does not have BigDataViewer's layout.
std::unique_ptr<Source> openBdvHdf5(const Location& hdf5);

/// True for an N5 folder of BigDataViewer's layout, or what lies in one.
bool looksLikeBdvN5(const Candidate& candidate);

/// Like openBdvHdf5, for such a folder.
std::unique_ptr<Source> openBdvN5(const Location& picked);

}  // namespace volary
