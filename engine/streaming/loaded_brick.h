#pragma once

#include "pyramid/page_voxel.h"
#include "streaming/brick_statistics.h"

#include <cstddef>
#include <string>
#include <vector>

namespace volary {

/// A brick that the loader has finished: voxels, or the reason why there are none; neither if its level, a stand-in,
/// has gone meanwhile.
struct LoadedBrick {
  BrickKey key;
  PageFormat format = PageFormat::r16;  ///< of the voxels and the cells
  /// kPaddedBrickVoxels page voxels (see pyramid/page_voxel.h), x fastest; voxels outside the level repeat
  /// the nearest edge voxel. Empty if the brick failed.
  std::vector<std::byte> voxels{};
  std::vector<std::byte> cells{};  ///< their ranges: makeCellRanges()
  BrickStatistics statistics{};    ///< of the voxels; none for peaks, which are not a level's own voxels
  float excess = 0.0f;             ///< measureExcess(), for levels but the finest; none for peaks
  std::string error{};             ///< empty, or one sentence that names file, chunk and cause
  bool ahead = false;              ///< it was made for the prefetch list
};

}  // namespace volary
