#pragma once

#include "pyramid/page_voxel.h"

#include <cstddef>
#include <span>

namespace volary {

/// How much of a brick's maximum a level of means would lose: by how much its greatest voxel exceeds the greatest mean
/// of 2 x 2 x 2 voxels, in the file's unit. Holds for the brick's own level. For a thread one voxel thick it is three
/// quarters of the greatest value, for a point seven eighths, for wide structures nothing.
///
/// `padded` is a finished brick, border included: a neighbour's voxels at the face count. Groups with values that are
/// not finite don't. Pure.
float measureExcess(PageFormat format, std::span<const std::byte> padded);

}  // namespace volary
