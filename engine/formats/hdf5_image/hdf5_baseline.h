#pragma once

#include "formats/hdf5_image/hdf5_level.h"
#include "pyramid/level_baseline.h"

#include <memory>

namespace volary {

/// For each chunk of one level: one H5Dread, or one read and the decoders. `level` must outlive the result. Throws
/// Error if its voxels are not in chunks that we decode.
std::unique_ptr<LevelBaseline> openHdf5Baseline(const Hdf5Level& level);

}  // namespace volary
