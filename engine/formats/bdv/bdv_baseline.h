#pragma once

#include "formats/bdv/bdv_image.h"
#include "pyramid/level_baseline.h"

#include <memory>

namespace volary {

/// H5Dread a chunk, and pread + decoders a chunk, of one level. `level` must outlive the result. Throws Error if its
/// voxels are not chunks that we decode.
std::unique_ptr<LevelBaseline> openBdvBaseline(const BdvLevel& level);

}  // namespace volary
