#pragma once

#include "pyramid/page_voxel.h"

#include <cstddef>
#include <span>

namespace volary {

/// How much a level of means loses of a brick's peaks: the greatest difference of a voxel and the mean of the 2 x 2 x 2 that it
/// stands in, in the file's unit. True of the brick's own level: of white noise a level whose voxel holds n of the finer ones has
/// 1 / sqrt(n) of the finer one's excess, of a thin structure less.
///
/// `padded` is a finished brick, border included: what a neighbour has at the face counts. Groups with values that are not
/// finite don't. Pure.
float measureExcess(PageFormat format, std::span<const std::byte> padded);

}  // namespace volary
