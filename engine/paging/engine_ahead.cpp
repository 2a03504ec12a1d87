// The engine's look ahead: which bricks the next views want.
#include "base/error.h"
#include "paging/engine_state.h"

#include <algorithm>

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
  ahead.predict({.worldFromVoxel = worldFromVoxelOfCurrent, .timepoints = source.dataset().timepoints});
  if (pager->aheadFull() && ahead.planned() > 0) return;
  if (pager->loaderStats().queued > 0) return;
  if (const View* const next = ahead.takeNext()) {
    planAhead(*next);
    ahead.add(otherSet);
  }
  pager->setAhead(ahead.bricks());
}

void Engine::State::planAhead(const View& next) {
  otherSet.bricks.clear();
  try {
    const SceneContent content = findSceneContent(next, source, pyramids);
    const auto fits = [&](const SceneImage& image) { return pageFormat(image.pyramid->voxelType) <= cache->format(); };
    if (content.images.empty() || !std::ranges::all_of(content.images, fits)) return;
    const FrameVector<WantedImage> shown = wantedImages(content.images);
    const FrameVector<ViewRegion> nextRegions =
        makeRegions(next, content.currentWorldFromVoxel.value_or(worldFromVoxelOfCurrent), sizePx);
    planWanted({.images = shown,
                .regions = nextRegions,
                .pinnedLevel = next.pinnedLevel,
                .pixelsPerVoxel = next.pixelsPerVoxel,
                .slotBudget = cache->slotCount(),
                .previousBias = pager->wanted().bias},
               otherSet);
  } catch (const Error&) {
    // Whoever looks at that image is told.
  }
}

}  // namespace volary
