#include "paging/view_lines.h"

#include "paging/guide_lines.h"
#include "pyramid/brick_map.h"
#include "pyramid/overlap.h"

#include <algorithm>

namespace volary {

RegionLines makeRegionLines(const View& view, const ShownScene& scene, const ViewRegion& region,
                            const FrameVector<FrameVector<OverlayBrick>>& bricks) {
  RegionLines lines{region, {}};
  const auto add = [&](const FrameVector<OverlayLine>& more) {
    lines.lines.insert(lines.lines.end(), more.begin(), more.end());
  };
  for (std::size_t i = 0; i < scene.images().size(); ++i) {
    const SceneImage& image = scene.images()[i];
    add(makeBrickLines(region, *image.pyramid, image.worldFromVoxel, bricks[scene.tableIndex(image.id)]));
    if (i == scene.guide()) {
      add(makePlaneLines(region, view.slices.planes, *image.pyramid, image.worldFromVoxel));
      add(makeGuideLines(region, view, *image.pyramid, image.worldFromVoxel));
    } else if (view.showBox && region.kind == RegionKind::volume) {
      add(makeBoxLines(*image.pyramid, image.worldFromVoxel));
    }
  }
  add(makeClipLines(region, view.clip));
  return lines;
}

FrameVector<FrameVector<OverlayBrick>> findOverlayBricks(const View& view, const ShownScene& scene,
                                                         const Pager& pager) {
  FrameVector<FrameVector<OverlayBrick>> bricks(scene.tableImages().size());
  if (view.overlay != Overlay::residency) return bricks;
  const auto& wanted = pager.wanted().bricks;
  FrameBrickSet keys;
  for (const WantedBrick& brick : wanted) keys.insert(brick.key);
  const auto isHiddenByFiner = [&](const BrickKey& key) {
    const std::vector<LevelInfo>& levels = scene.tableImages()[scene.tableIndex(key.image)].pyramid->levels;
    if (view.pinnedLevel) return key.level != std::min(*view.pinnedLevel, static_cast<int>(levels.size()) - 1);
    if (key.level == 0) return false;
    const auto level = static_cast<std::size_t>(key.level);
    const BrickRange finer = overlappingBricks(levels[level], key.brick, levels[level - 1]);
    ivec3 b;
    for (b.z = finer.begin.z; b.z < finer.end.z; ++b.z)
      for (b.y = finer.begin.y; b.y < finer.end.y; ++b.y)
        for (b.x = finer.begin.x; b.x < finer.end.x; ++b.x)
          if (!keys.contains({.image = key.image, .level = key.level - 1, .brick = b})) return false;
    return true;
  };
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const BrickKey& key = wanted[i].key;
    if (wanted[i].leaf || pager.frame().states[i] != BrickState::resident || !isHiddenByFiner(key))
      bricks[scene.tableIndex(key.image)].push_back({key.level, key.brick, pager.frame().states[i]});
  }
  return bricks;
}

}  // namespace volary
