#pragma once

#include "export/image_file.h"
#include "pyramid/voxel_type.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace volary {

/// The smallest and largest finite value of a plane; {0, 0} if there is none.
ValueRange findValueRange(const ImagePlane& plane);

/// The plane as 16-bit greys (8-bit for uint8), `range` mapped linearly to black ... white, rounded to
/// nearest, clamped; NaN is black. LO > HI inverts.
std::vector<std::byte> makeGreys(const ImagePlane& plane, const ValueRange& range);
VoxelType greyType(VoxelType type);

}  // namespace volary
