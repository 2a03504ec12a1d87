#include "paging/contrast.h"

#include "scene/setup_look.h"
#include "streaming/value_distribution.h"

#include <algorithm>
#include <utility>

namespace volary {

Contrast::Contrast(Source& source) : growing_(source.growing()), channels_(findChannels(source.dataset())) {}

void Contrast::adopt(const ShownScene& scene) {
  FrameVector<SetupRange> ranges;
  for (const SceneImage& image : scene.images()) ranges.push_back({scene.setupOf(image.id).id, {}});
  const bool same = timepoint_ == scene.current().timepoint &&
                    std::ranges::equal(ranges_, ranges, {}, &SetupRange::setup, &SetupRange::setup);
  if (same) return;
  timepoint_ = scene.current().timepoint;
  ranges_.assign(ranges.begin(), ranges.end());
  measuredBricks_ = 0;
}

bool Contrast::isMeasured(const View& view, const ShownScene& scene) const {
  return std::ranges::any_of(scene.images(), [&](const SceneImage& image) {
    return !statedRange(view, scene.setupOf(image.id), image.pyramid->voxelType);
  });
}

bool Contrast::isWrittenDown(const View& view, const View& next) {
  written_ = view;
  writeRanges(written_, ranges_);
  return written_ == next;
}

// Tiles and angles of one channel are to look alike, so the values of a whole channel are taken together.
FrameVector<SetupRange> Contrast::find(const ShownScene& scene, std::span<const ShownBrick> bricks) const {
  using Kind = std::pair<int, VoxelType>;
  const auto kindOf = [&](const PageTableImage& image) {
    return Kind{channels_[static_cast<std::size_t>(image.image.setup)], image.pyramid->voxelType};
  };
  FrameMap<Kind, ValueDistribution> values;
  for (const ShownBrick& brick : bricks) {
    const PageTableImage& image = scene.tableImages()[scene.tableIndex(brick.key.image)];
    const dvec3 factor = image.pyramid->levels[static_cast<std::size_t>(brick.key.level)].factor;
    values.try_emplace(kindOf(image), image.pyramid->voxelType)
        .first->second.add(*brick.statistics, factor.x * factor.y * factor.z);
  }
  FrameMap<Kind, std::optional<ValueRange>> found;
  for (const auto& [kind, distribution] : values) found[kind] = distribution.contrastRange();

  FrameVector<SetupRange> result;
  for (const PageTableImage& image : scene.tableImages())
    if (const auto range = found.find(kindOf(image)); range != found.end() && range->second)
      result.push_back({scene.setupOf(image.image).id, *range->second});
  return result;
}

/// Adds missing bricks whose statistics the source knows already; `known` holds these statistics.
void Contrast::addKnown(const ShownScene& scene, const Pager& pager, FrameVector<ShownBrick>& shown,
                        FrameVector<BrickStatistics>& known) const {
  if (!growing_) return;
  const std::vector<WantedBrick>& wanted = pager.wanted().bricks;
  known.reserve(wanted.size());  // `shown` points into it
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i].leaf || pager.frame().states[i] != BrickState::missing) continue;
    const auto statistics = growing_->findStatistics(wanted[i].key);
    if (statistics)
      shown.push_back({wanted[i].key, scene.voxelBytesOf(wanted[i].key), &known.emplace_back(*statistics)});
  }
  std::ranges::sort(shown, [](const ShownBrick& a, const ShownBrick& b) { return a.key < b.key; });
}

void Contrast::update(const View& view, const ShownScene& scene, const Pager& pager) {
  const std::span<const SceneImage> images = scene.images();
  bool allStated = true;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const VoxelType type = images[i].pyramid->voxelType;
    const auto stated = statedRange(view, scene.setupOf(images[i].id), type);
    ranges_[i].automatic = !stated;
    allStated = allStated && stated;
    if (stated || measuredBricks_ == 0) ranges_[i].range = stated.value_or(naturalRange(type));
  }
  if (allStated) {
    measuredBricks_ = 0;
    return;
  }
  if (!pager.frame().changed) return;
  // While bricks arrive, once for each doubling: it costs little, and the contrast does not flicker.
  const std::size_t count = countShownBricks(pager);
  if (pager.frame().missing > 0 && count > 0 && count < 2 * measuredBricks_) return;
  FrameVector<ShownBrick> shown = findShownBricks(scene, pager);
  FrameVector<BrickStatistics> known;
  if (measuredBricks_ == 0) addKnown(scene, pager, shown, known);
  // Before the first one is there, the picture is drawn from coarser ones, which must not be black.
  const bool fromStandIns = shown.empty();
  if (fromStandIns) shown = findStandIns(scene, pager);
  if (shown.empty() || (pager.frame().missing > 0 && shown.size() < 2 * measuredBricks_)) return;
  FrameMap<int, ValueRange> found;
  for (const SetupRange& one : find(scene, shown)) found[one.setup] = one.range;
  for (std::size_t i = 0; i < images.size(); ++i)
    if (const auto own = found.find(ranges_[i].setup); ranges_[i].automatic && own != found.end())
      ranges_[i].range = own->second;
  measuredBricks_ = fromStandIns ? 1 : shown.size();
}

}  // namespace volary
