// The engine's look ahead: which bricks the next views want.
#include "base/error.h"
#include "paging/engine_state.h"

namespace volary {

void Engine::noteView(const View& view, double seconds) { state_->ahead.note(view, seconds); }

void Engine::stopLookingAhead() {
  state_->ahead.stop();
  if (state_->pager) state_->pager->setAhead({});
}

// Ahead of the frame's paging, so that the workers' queue is that of the last frame: only if they have come to its end,
// there is time for more.
void Engine::State::lookAhead() {
  if (!ahead.active()) return;
  ahead.predict({.worldFromVoxel = worldFromVoxelOfImage, .timepoints = source.dataset().timepoints});
  if (pager->aheadFull() && ahead.planned() > 0) return;
  if (pager->loaderStats().queued > 0) return;
  const std::optional<View> next = ahead.takeNext();
  if (next) ahead.add(planAhead(*next));
  pager->setAhead(ahead.bricks());
}

WantedSet Engine::State::planAhead(const View& next) const {
  const Dataset& dataset = source.dataset();
  const ImageId nextImage{image.setup, findTimepointIndex(dataset, next.timepoint)};
  if (!dataset.setups[static_cast<std::size_t>(nextImage.setup)].present[static_cast<std::size_t>(nextImage.timepoint)])
    return {};
  try {
    const ImagePyramid& nextPyramid = source.pyramid(nextImage);
    const bool fits = pageFormat(nextPyramid.voxelType) == cache->format() &&
                      (!next.pinnedLevel || *next.pinnedLevel < int(nextPyramid.levels.size()));
    if (!fits) return {};
    const dmat4 nextWorldFromVoxel = worldFromVoxel(next, dataset, nextPyramid, nextImage);
    const std::vector<ViewRegion> nextRegions = makeRegions(next, nextWorldFromVoxel, sizePx);
    return planWanted({.image = nextImage,
                       .pyramid = &nextPyramid,
                       .worldFromVoxel = nextWorldFromVoxel,
                       .regions = nextRegions,
                       .pinnedLevel = next.pinnedLevel,
                       .pixelsPerVoxel = next.pixelsPerVoxel,
                       .slotBudget = cache->slotCount(),
                       .previousBias = pager->wanted().bias});
  } catch (const Error&) {
    return {};  // whoever looks at that image is told
  }
}

}  // namespace volary
