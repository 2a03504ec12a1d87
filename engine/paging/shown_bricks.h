#pragma once

#include "paging/pager.h"
#include "paging/shown_scene.h"

#include <cstdint>

namespace volary {

/// A brick on the screen.
struct ShownBrick {
  BrickKey key;
  std::uint64_t voxelBytes = 0;  ///< of its payload, in the image's voxel type
};

/// The bricks that are wanted for themselves and resident, in the order of their keys.
FrameVector<ShownBrick> findShownBricks(const ShownScene& scene, const Pager& pager);

}  // namespace volary
