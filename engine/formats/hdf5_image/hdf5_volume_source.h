#pragma once

#include "pyramid/source.h"
#include "storage/location.h"

#include <memory>

namespace volary {

/// Opens an HDF5 file of no particular layout, as h5py, ilastik or MATLAB write them: each 3-D dataset of numbers, [z,
/// y, x], is a setup with a single level, named after its path. Voxel sizes come from the attribute "element_size_um"
/// (z, y, x in micrometres; Fiji's HDF5 plugin and ilastik) where there is one. Throws Error if there is no such
/// dataset.
std::unique_ptr<Source> openHdf5Volumes(const Location& file);

}  // namespace volary
