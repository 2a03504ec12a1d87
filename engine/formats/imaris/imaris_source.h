#pragma once

#include "pyramid/source.h"
#include "storage/location.h"

#include <memory>

/// Imaris' file format, .ims: HDF5 with a dataset for each level, time point and channel,
/// "DataSet/ResolutionLevel R/TimePoint T/Channel C/Data", and texts about it, letter by letter, as attributes.
/// Source: Oxford Instruments, "Imaris 5.5 File Format Description".
namespace volary {

/// True for an HDF5 file with Imaris' groups, whatever its name.
bool looksLikeImaris(const Location& file);

/// Opens an Imaris file: each channel is a setup. Nothing of an image is read before it is asked for. Throws Error, one
/// sentence with the file's name.
std::unique_ptr<Source> openImaris(const Location& file);

}  // namespace volary
