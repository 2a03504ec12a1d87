// Which bricks of a maximum are shown as peaks.
#include "paging/engine_state.h"
#include "pyramid/brick_map.h"
#include "pyramid/peaks.h"

#include <algorithm>
#include <utility>

namespace volary {

/// In a maximum of no pinned level, and where no planes stand in the volume, which show voxels as they are stored.
bool Engine::State::showsPeaks() const {
  return view->peakLevels > 0 && infoOf(view->mode).hasPeaks && view->layout == Layout::volume && !view->pinnedLevel &&
         view->slices.planes.empty();
}

/// As many as there could be have slots. What is wanted fills the page cache where it doesn't fit it, so it is planned
/// for fewer slots then: those that peaks leave, of which there are others at another level of detail; half of all at
/// least. Only where even the coarsest levels don't fit that half some peaks are left out.
void Engine::State::planWithPeaks(WantedInput input) {
  constexpr int kMostPlans = 4;
  peakCandidates.clear();
  peaksFit = true;
  planWanted(input, plannedSet);
  if (!showsPeaks() || input.regions.empty()) return;
  const auto findCandidates = [&] {
    const auto found =
        findPeakCandidates(plannedSet, input.images, regions.front(), input.regions.front(),
                           {.pixelsPerVoxel = input.pixelsPerVoxel, .bias = plannedSet.bias}, view->peakLevels);
    peakCandidates.assign(found.begin(), found.end());
  };
  const std::uint32_t slots = input.slotBudget;
  findCandidates();
  for (int plan = 1; plannedSet.bricks.size() + peakCandidates.size() > slots; ++plan) {
    const auto left = slots - std::min(slots, static_cast<std::uint32_t>(peakCandidates.size()));
    input.slotBudget = plan < kMostPlans ? std::max(left, slots / 2) : slots / 2;
    planWanted(input, otherSet);
    if (!otherSet.fits) {
      peakCandidates.resize(slots - plannedSet.bricks.size());
      peaksFit = false;
      break;
    }
    std::swap(plannedSet, otherSet);
    findCandidates();
  }
}

/// By what the stored bricks are like, and the contrast that they are shown with.
void Engine::State::choosePeaks() {
  if (!paged->changed) return;
  FrameVector<BrickKey> peaks;
  for (const PeakCandidate& candidate : peakCandidates) {
    const auto slot = pager->cache().find(candidate.stored);
    const SceneImage& image = *std::ranges::find(images, candidate.stored.image, &SceneImage::id);
    if (slot && wantsPeaks(candidate, pager->statistics(*slot), pager->excess(*slot), rangeOf(image)))
      peaks.push_back(candidate.peaks);
  }
  pager->setPeaks(peaks);
}

/// They come long after the picture of what is stored, which is sharp by then: it is drawn anew at each doubling and at
/// the end, and not for every one. What the page table holds until then stays in its slots.
bool Engine::State::showsMorePeaks() const {
  if (!paged->peaksChanged) return false;
  return paged->peakCounts.queued == 0 || paged->peaks.size() >= 2 * std::max<std::size_t>(peaksShown, 1);
}

/// The bricks, in the slots of their peaks where there are any.
FrameVector<ResidentBrick> Engine::State::withPeaks(std::span<const ResidentBrick> bricks,
                                                    std::span<const ResidentBrick> peaks) const {
  FrameVector<ResidentBrick> shown(bricks.begin(), bricks.end());
  if (peaks.empty()) return shown;
  FrameBrickMap<std::uint32_t> slots;
  for (const ResidentBrick& brick : peaks) slots.assign(storedKey(brick.key), brick.slot);
  for (ResidentBrick& brick : shown)
    if (const auto found = slots.find(brick.key); found != slots.end()) brick.slot = found->second;
  return shown;
}

}  // namespace volary
