#pragma once

#include "formats/hdf5_image/hdf5_level.h"
#include "pyramid/level_baseline.h"

#include <memory>

namespace volary {

/// H5Dread a chunk, and one read + decoders a chunk, of one level. `level` must outlive the result. Throws Error if its
/// voxels are not chunks that we decode.
std::unique_ptr<LevelBaseline> openHdf5Baseline(const Hdf5Level& level);

}  // namespace volary
