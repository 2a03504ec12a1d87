// The engine's look ahead: which bricks the next views want.
#include "base/error.h"
#include "paging/engine_state.h"

#include <algorithm>

namespace volary {

void Engine::noteView(const View& view, double seconds) { state_->ahead.note(view, seconds); }

void Engine::stopLookingAhead() {
  state_->ahead.stop();
  if (Pager* const pager = state_->findPager()) pager->setAhead({});
}

// Called before the frame's paging, while the workers' queue is still that of the last frame: there is time for more
// only if they have come to its end.
void Engine::State::lookAhead() {
  if (!ahead.active()) return;
  Pager& pager = paged.pager();
  ahead.predict({.worldFromVoxel = scene.worldFromVoxelOfCurrent(), .timepoints = source.dataset().timepoints});
  if (pager.aheadFull() && ahead.planned() > 0) return;
  if (pager.loaderStats().queued > 0) return;
  if (const View* const next = ahead.takeNext()) {
    planAhead(*next);
    ahead.add(aheadSet);
  }
  pager.setAhead(ahead.bricks());
}

void Engine::State::planAhead(const View& next) {
  aheadSet.bricks.clear();
  try {
    const SceneContent content = findSceneContent(next, source, pyramids);
    const auto fits = [&](const SceneImage& image) {
      return pageFormat(image.pyramid->voxelType) <= paged.cache().format();
    };
    if (content.images.empty() || !std::ranges::all_of(content.images, fits)) return;
    const FrameVector<WantedImage> shown = wantedImages(content.images);
    const FrameVector<ViewRegion> nextRegions =
        makeRegions(next, content.currentWorldFromVoxel.value_or(scene.worldFromVoxelOfCurrent()), sizePx);
    planWanted({.images = shown,
                .regions = nextRegions,
                .pinnedLevel = next.pinnedLevel,
                .pixelsPerVoxel = next.pixelsPerVoxel,
                .slotBudget = paged.cache().slotCount(),
                .previousBias = paged.pager().wanted().bias},
               aheadSet);
  } catch (const Error&) {
    // The error is reported when someone looks at that image.
  }
}

}  // namespace volary
