#pragma once

#include "formats/shared/candidate.h"
#include "pyramid/source.h"
#include "storage/location.h"

#include <memory>

namespace volary {

/// Whether it is a folder of a Zarr hierarchy, or a metadata file of one.
bool looksLikeZarr(const Candidate& candidate);

/// Whether it lies in an array of a Zarr hierarchy, as a chunk or a folder of chunks does.
bool liesInZarr(const Candidate& candidate);

/// Opens an OME-Zarr image, plate, well or series of images, or a bare Zarr array, of versions 2 and 3, by its folder
/// or anything inside of it. Reads metadata only; in a plate, only those of one field. Throws Error, one sentence with
/// the folder's name.
std::unique_ptr<Source> openZarr(const Location& picked);

}  // namespace volary
