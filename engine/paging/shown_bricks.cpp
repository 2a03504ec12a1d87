#include "paging/shown_bricks.h"

#include <algorithm>

namespace volary {

FrameVector<ShownBrick> findShownBricks(const ShownScene& scene, const Pager& pager) {
  FrameVector<ShownBrick> bricks;
  const std::vector<WantedBrick>& wanted = pager.wanted().bricks;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i].leaf && pager.frame().states[i] == BrickState::resident)
      bricks.push_back(
          {wanted[i].key, scene.voxelBytesOf(wanted[i].key), &pager.statistics(*pager.cache().find(wanted[i].key))});
  std::ranges::sort(bricks, [](const ShownBrick& a, const ShownBrick& b) { return a.key < b.key; });
  return bricks;
}

std::size_t countShownBricks(const Pager& pager) {
  const std::vector<WantedBrick>& wanted = pager.wanted().bricks;
  std::size_t count = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    count += wanted[i].leaf && pager.frame().states[i] == BrickState::resident ? 1 : 0;
  return count;
}

FrameVector<ShownBrick> findStandIns(const ShownScene& scene, const Pager& pager) {
  FrameVector<ShownBrick> bricks;
  for (const ResidentBrick& brick : pager.frame().resident)
    bricks.push_back({brick.key, scene.voxelBytesOf(brick.key), &pager.statistics(brick.slot)});
  return bricks;
}

}  // namespace volary
