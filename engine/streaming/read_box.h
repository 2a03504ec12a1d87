#pragma once

#include "pyramid/source.h"

#include <cstddef>
#include <vector>

namespace volary {

/// A box of voxels of one level, [begin, end) along x, y, z.
struct VoxelBox {
  i64vec3 begin{0};
  i64vec3 end{0};
};

/// Reads a box of voxels as stored, with `threads` threads (0 = one per core): x fastest, native byte order,
/// voxelBytes(voxelType) bytes each. The box must lie in the level and fit in memory. Throws Error if a chunk can't be
/// read.
std::vector<std::byte> readBox(Source& source, ImageId image, int level, const VoxelBox& box, int threads = 0);

}  // namespace volary
