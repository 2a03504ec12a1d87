#include "paging/shown_bricks.h"

#include <algorithm>

namespace volary {

FrameVector<ShownBrick> findShownBricks(const ShownScene& scene, const Pager& pager) {
  FrameVector<ShownBrick> bricks;
  const std::vector<WantedBrick>& wanted = pager.wanted().bricks;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i].leaf && pager.frame().states[i] == BrickState::resident)
      bricks.push_back({wanted[i].key, scene.voxelBytesOf(wanted[i].key)});
  std::ranges::sort(bricks, [](const ShownBrick& a, const ShownBrick& b) { return a.key < b.key; });
  return bricks;
}

}  // namespace volary
