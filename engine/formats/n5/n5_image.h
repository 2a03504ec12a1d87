#pragma once

#include "formats/arrays/multiscale_image.h"
#include "storage/location.h"

#include <optional>

namespace volary::n5 {

/// Whether the folder holds the levels of one image: "s0", "s1" ..., or those that a list of multiscales names.
bool isMultiscale(const Location& folder);

/// The levels of one image, described in any of the ways that are in use: n5-viewer's downsamplingFactors or scales
/// with pixelResolution, COSEM's transforms, resolution and offset. Throws Error, "FOLDER: cause", if no level can be
/// shown.
arrays::MultiscaleImage openMultiscale(const Location& folder);

/// A single dataset as an image of one level.
arrays::MultiscaleImage openSingleDataset(const Location& folder);

}  // namespace volary::n5
