#pragma once

#include "pyramid/source.h"

#include <cstddef>
#include <memory>

namespace volary {

/// The voxels of one decoded chunk: the full chunk shape, x fastest, native byte order. Null data = not stored, all
/// voxels are zero.
using DecodedChunk = std::vector<std::byte>;

}  // namespace volary
