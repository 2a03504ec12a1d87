#pragma once

#include "formats/arrays/multiscale_image.h"
#include "formats/zarr/node.h"

namespace volary::zarr {

/// A multiscale image of OME-NGFF. Throws Error, "FOLDER: cause", if no level can be shown.
arrays::MultiscaleImage openMultiscale(const Node& group);

/// A single array as an image of one level.
arrays::MultiscaleImage openSingleArray(const Node& array);

}  // namespace volary::zarr
