#include "paging/peak_plan.h"

#include "pyramid/brick_map.h"
#include "pyramid/peaks.h"

#include <algorithm>
#include <utility>

namespace volary {

namespace {

/// Only a maximum does, without a pinned level, and without planes in the volume: these show voxels as they are stored.
bool showsPeaks(const View& view) {
  return view.peakLevels > 0 && infoOf(view.mode).hasPeaks && view.layout == Layout::volume && !view.pinnedLevel &&
         view.slices.planes.empty();
}

}  // namespace

// All possible peaks have slots. If they and the wanted set don't fit the cache, the set is planned for the slots that
// peaks leave free, but for at least half. That changes the level of detail, and with it the possible peaks, so it is
// repeated. Some peaks are left out only if even the coarsest levels don't fit that half.
WantedSet& PeakPlan::plan(WantedInput input, const View& view, const ViewRegion& volume) {
  constexpr int kMostPlans = 4;
  candidates_.clear();
  fits_ = true;
  planWanted(input, planned_);
  if (!showsPeaks(view) || input.regions.empty()) return planned_;
  const auto findCandidates = [&] {
    const auto found =
        findPeakCandidates(planned_, input.images, volume, input.regions.front(),
                           {.pixelsPerVoxel = input.pixelsPerVoxel, .bias = planned_.bias}, view.peakLevels);
    candidates_.assign(found.begin(), found.end());
  };
  const std::uint32_t slots = input.slotBudget;
  findCandidates();
  for (int plan = 1; planned_.bricks.size() + candidates_.size() > slots; ++plan) {
    const auto left = slots - std::min(slots, static_cast<std::uint32_t>(candidates_.size()));
    input.slotBudget = plan < kMostPlans ? std::max(left, slots / 2) : slots / 2;
    planWanted(input, other_);
    if (!other_.fits) {
      candidates_.resize(slots - planned_.bricks.size());
      fits_ = false;
      break;
    }
    std::swap(planned_, other_);
    findCandidates();
  }
  return planned_;
}

void PeakPlan::choose(const ShownScene& scene, const Contrast& contrast, Pager& pager) const {
  FrameVector<BrickKey> peaks;
  for (const PeakCandidate& candidate : candidates_) {
    const auto slot = pager.cache().find(candidate.stored);
    const auto image = std::ranges::find(scene.images(), candidate.stored.image, &SceneImage::id);
    const auto index = static_cast<std::size_t>(image - scene.images().begin());
    if (slot && wantsPeaks(candidate, pager.statistics(*slot), pager.excess(*slot),
                           contrast.rangeOf(index, RegionKind::volume)))
      peaks.push_back(candidate.peaks);
  }
  pager.setPeaks(peaks);
}

bool PeakPlan::showsMore(const PagerFrame& paged) const {
  if (!paged.peaksChanged) return false;
  return paged.peakCounts.queued == 0 || paged.peaks.size() >= 2 * std::max<std::size_t>(shown_, 1);
}

FrameVector<ResidentBrick> withPeaks(std::span<const ResidentBrick> bricks, std::span<const ResidentBrick> peaks) {
  FrameVector<ResidentBrick> shown(bricks.begin(), bricks.end());
  if (peaks.empty()) return shown;
  FrameBrickMap<std::uint32_t> slots;
  for (const ResidentBrick& brick : peaks) slots.assign(storedKey(brick.key), brick.slot);
  for (ResidentBrick& brick : shown)
    if (const auto found = slots.find(brick.key); found != slots.end()) brick.slot = found->second;
  return shown;
}

}  // namespace volary
