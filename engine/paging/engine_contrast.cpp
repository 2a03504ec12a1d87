// The contrast of a view that states none.
#include "paging/engine_state.h"
#include "streaming/value_distribution.h"

#include <algorithm>
#include <utility>

namespace volary {

// Tiles and angles of one channel are to look alike: it is the channel whose values are looked at.
FrameVector<SetupRange> Engine::State::findContrast(std::span<const ShownBrick> bricks) const {
  using Kind = std::pair<int, VoxelType>;
  const auto kindOf = [&](const PageTableImage& image) {
    return Kind{channels[static_cast<std::size_t>(image.image.setup)], image.pyramid->voxelType};
  };
  FrameMap<Kind, ValueDistribution> values;
  for (const ShownBrick& brick : bricks) {
    const PageTableImage& image = tableImages[tableIndex(brick.key.image)];
    const dvec3 factor = image.pyramid->levels[static_cast<std::size_t>(brick.key.level)].factor;
    values.try_emplace(kindOf(image), image.pyramid->voxelType)
        .first->second.add(*brick.statistics, factor.x * factor.y * factor.z);
  }
  FrameMap<Kind, std::optional<ValueRange>> found;
  for (const auto& [kind, distribution] : values) found[kind] = distribution.contrastRange();

  FrameVector<SetupRange> result;
  for (const PageTableImage& image : tableImages)
    if (const auto range = found.find(kindOf(image)); range != found.end() && range->second)
      result.push_back({setupOf(image.image).id, *range->second});
  return result;
}

const Setup& Engine::State::setupOf(ImageId image) const {
  return source.dataset().setups[static_cast<std::size_t>(image.setup)];
}

/// The same view, but for the automatic ranges that it is drawn with: nothing on the screen changes.
bool Engine::State::isWrittenDown(const View& newView) {
  writtenView = *view;
  writeRanges(writtenView, ranges);
  return writtenView == newView;
}

std::size_t Engine::State::countShown() const {
  const std::vector<WantedBrick>& wanted = pager->wanted().bricks;
  std::size_t count = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    count += wanted[i].leaf && paged->states[i] == BrickState::resident ? 1 : 0;
  return count;
}

FrameVector<ShownBrick> Engine::State::shownBricks() const {
  FrameVector<ShownBrick> bricks;
  if (images.empty()) return bricks;
  const std::vector<WantedBrick>& wanted = pager->wanted().bricks;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i].leaf && paged->states[i] == BrickState::resident)
      bricks.push_back(
          {wanted[i].key, voxelBytesOf(wanted[i].key), &pager->statistics(*pager->cache().find(wanted[i].key))});
  // Sums depend on their order, and a picture is not to depend on the ranking.
  std::ranges::sort(bricks, [](const ShownBrick& a, const ShownBrick& b) { return a.key < b.key; });
  return bricks;
}

/// What is shown before the first leaf is there.
FrameVector<ShownBrick> Engine::State::standIns() const {
  FrameVector<ShownBrick> bricks;
  for (const ResidentBrick& brick : paged->resident)
    bricks.push_back({brick.key, voxelBytesOf(brick.key), &pager->statistics(brick.slot)});
  return bricks;
}

/// Those that are missing, and that the source knows all the same. `known` keeps what it says.
void Engine::State::addKnown(FrameVector<ShownBrick>& shown, FrameVector<BrickStatistics>& known) const {
  const std::vector<WantedBrick>& wanted = pager->wanted().bricks;
  known.reserve(wanted.size());  // what is shown refers to it
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i].leaf || paged->states[i] != BrickState::missing) continue;
    const auto statistics = source.findStatistics(wanted[i].key);
    if (statistics) shown.push_back({wanted[i].key, voxelBytesOf(wanted[i].key), &known.emplace_back(*statistics)});
  }
  std::ranges::sort(shown, [](const ShownBrick& a, const ShownBrick& b) { return a.key < b.key; });
}

void Engine::State::updateRanges() {
  bool allStated = true;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const VoxelType type = images[i].pyramid->voxelType;
    const auto stated = statedRange(*view, setupOf(images[i].id), type);
    ranges[i].automatic = !stated;
    allStated = allStated && stated;
    if (stated || measuredBricks == 0) ranges[i].range = stated.value_or(naturalRange(type));
  }
  if (allStated) {
    measuredBricks = 0;
    return;
  }
  if (!paged->changed) return;
  // While bricks arrive, once for each doubling: it costs little, and the contrast does not flicker.
  const std::size_t count = countShown();
  if (paged->missing > 0 && count > 0 && count < 2 * measuredBricks) return;
  FrameVector<ShownBrick> shown = shownBricks();
  FrameVector<BrickStatistics> known;
  if (measuredBricks == 0) addKnown(shown, known);
  // Until then the picture is drawn from coarser ones, which must not be black.
  const bool fromStandIns = shown.empty();
  if (fromStandIns) shown = standIns();
  if (shown.empty() || (paged->missing > 0 && shown.size() < 2 * measuredBricks)) return;
  FrameMap<int, ValueRange> found;
  for (const SetupRange& one : findContrast(shown)) found[one.setup] = one.range;
  for (std::size_t i = 0; i < images.size(); ++i)
    if (const auto own = found.find(ranges[i].setup); ranges[i].automatic && own != found.end())
      ranges[i].range = own->second;
  measuredBricks = fromStandIns ? 1 : shown.size();
}

}  // namespace volary
