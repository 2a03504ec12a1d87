// The contrast of a view that states none.
#include "paging/engine_state.h"
#include "streaming/value_distribution.h"

#include <algorithm>

namespace volary {

std::optional<ValueRange> Engine::State::findContrast(std::span<const ShownBrick> bricks) const {
  if (!pyramid) return std::nullopt;
  ValueDistribution values(pyramid->voxelType);
  for (const ShownBrick& brick : bricks) {
    const dvec3 factor = pyramid->levels[static_cast<std::size_t>(brick.key.level)].factor;
    values.add(*brick.statistics, factor.x * factor.y * factor.z);
  }
  return values.contrastRange();
}

/// The same view, but for the automatic range that it is drawn with: nothing on the screen changes.
bool Engine::State::isWrittenDown(const View& newView) const {
  if (view->range || newView.range != range) return false;
  View before = newView;
  before.range.reset();
  return before == *view;
}

std::vector<ShownBrick> Engine::State::shownBricks() const {
  std::vector<ShownBrick> bricks;
  if (!pyramid) return bricks;
  const std::vector<WantedBrick>& wanted = pager->wanted().bricks;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i].leaf && paged->states[i] == BrickState::resident)
      bricks.push_back({wanted[i].key, voxelBytesOf(wanted[i].key),
                        &pager->statistics(*pager->cache().find(wanted[i].key))});
  // Sums depend on their order, and a picture is not to depend on the ranking.
  std::ranges::sort(bricks, [](const ShownBrick& a, const ShownBrick& b) { return a.key < b.key; });
  return bricks;
}

void Engine::State::updateRange() {
  const Setup& setup = source.dataset().setups[static_cast<std::size_t>(image.setup)];
  if (const auto stated = statedRange(*view, setup, pyramid->voxelType)) {
    range = *stated;
    measuredBricks = 0;
    return;
  }
  if (measuredBricks == 0) range = naturalRange(pyramid->voxelType);
  if (!paged->changed) return;
  // While bricks arrive, once for each doubling: it costs little, and the contrast does not flicker.
  const std::vector<ShownBrick> shown = shownBricks();
  if (shown.empty() || (paged->missing > 0 && shown.size() < 2 * measuredBricks)) return;
  if (const auto found = findContrast(shown)) range = *found;
  measuredBricks = shown.size();
}

}  // namespace volary
