#pragma once

#include "formats/bdv/bdv_files.h"
#include "formats/hdf5_image/hdf5_image_source.h"

namespace volary {

/// Reads the metadata of one image. Levels that are not there are left out. Throws Error if one can't be shown.
Hdf5Image readBdvImage(BdvFiles& files, const SpimView& view);

}  // namespace volary
