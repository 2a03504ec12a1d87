#pragma once

#include "pyramid/brick.h"
#include "pyramid/page_voxel.h"

#include <cstddef>
#include <span>
#include <vector>

namespace volary {

/// The ranges of a brick's cells, so that rays can skip what can't matter to them.
///
/// `padded` is a finished brick: kPaddedBrickVoxels page voxels. A cell's range is that of all voxels that filtering
/// may read between its faces and up to kCellMargin voxels from them, one more on each side, as far as the brick
/// reaches. So skipping by it is exact. The result is kCellRangesVoxels page voxels: pairs of least and greatest, laid
/// out as kCellTexels says. The range of a cell that holds a value which is not finite is everything, as filtering can
/// make any value of it.
std::vector<std::byte> makeCellRanges(PageFormat format, std::span<const std::byte> padded);

}  // namespace volary
