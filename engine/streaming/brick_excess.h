#pragma once

#include "pyramid/page_voxel.h"

#include <cstddef>
#include <span>

namespace volary {

/// How much of a brick's maximum a level of means would lose: by how much its greatest voxel exceeds the greatest mean
/// of 2 x 2 x 2 voxels, in the file's unit. True of the brick's own level: of a thread it is three quarters of the
/// greatest, of a point seven eighths, of what is wide nothing.
///
/// `padded` is a finished brick, border included: what a neighbour has at the face counts. Groups with values that are
/// not finite don't. Pure.
float measureExcess(PageFormat format, std::span<const std::byte> padded);

}  // namespace volary
