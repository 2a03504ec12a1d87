#pragma once

#include "formats/hdf5_image/hdf5_types.h"
#include "hdf5_library/hdf5_library.h"

namespace volary {

/// Describes an open dataset, under the lock. Throws Error, without the file's name, if it is not a 3-D dataset of
/// numbers that Volary can show.
Hdf5DatasetInfo describeHdf5Dataset(hid_t dataset);

}  // namespace volary
