#pragma once

#include "formats/bdv/bdv_files.h"
#include "formats/hdf5_image/hdf5_level.h"
#include "pyramid/dataset.h"

#include <string>
#include <vector>

namespace volary {

/// One image: what it shows, and how it is read. The two lists of levels run in parallel.
struct BdvImage {
  ImagePyramid pyramid;
  std::vector<Hdf5Level> levels;
};

/// Reads the metadata of one image. `what` names it in errors. Levels that are not there are left out. Throws Error if
/// no level is there, or one can't be shown.
BdvImage readBdvImage(BdvFiles& files, const SpimView& view, const std::string& what);

}  // namespace volary
