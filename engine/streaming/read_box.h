#pragma once

#include "pyramid/source.h"
#include "pyramid/voxel_box.h"

#include <cstddef>
#include <vector>

namespace volary {

/// Reads a box of voxels as stored, with `threads` threads (0 = one per core): x fastest, native byte order,
/// voxelBytes(voxelType) bytes each. The box must lie in the level and fit in memory. Throws Error if a chunk can't be
/// read; if several can't, the Error names the first in the order of the file.
std::vector<std::byte> readBox(Source& source, ImageId image, int level, const VoxelBox& box, int threads = 0);

}  // namespace volary
