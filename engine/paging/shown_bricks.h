#pragma once

#include "paging/pager.h"
#include "paging/shown_scene.h"
#include "streaming/brick_statistics.h"

#include <cstddef>
#include <cstdint>

namespace volary {

/// A brick on the screen, and what its values are like.
struct ShownBrick {
  BrickKey key;
  std::uint64_t voxelBytes = 0;  ///< of its payload, in the image's voxel type
  const BrickStatistics* statistics = nullptr;
};

/// The bricks that are wanted for themselves and resident, in the order of their keys: sums depend on their order, and
/// a picture is not to depend on the ranking.
FrameVector<ShownBrick> findShownBricks(const ShownScene& scene, const Pager& pager);
/// How many these are.
std::size_t countShownBricks(const Pager& pager);
/// All resident bricks: they are shown before the first of those is there.
FrameVector<ShownBrick> findStandIns(const ShownScene& scene, const Pager& pager);

}  // namespace volary
