#pragma once

#include "pyramid/source.h"
#include "pyramid/voxel_box.h"

#include <vector>

namespace volary {

/// Reads a box of a level's voxels, x fastest. Voxels of a chunk that can't be read are not numbers: whoever draws them
/// says what is wrong. Waits for reads.
std::vector<float> readFloats(Source& source, ImageId image, const ImagePyramid& pyramid, int level,
                              const VoxelBox& box);

}  // namespace volary
