// What the rays tell: which of the missing bricks they reach.
#include "paging/engine_state.h"

#include <algorithm>

namespace volary {

/// Whether the contrast of some image is that of the bricks in view, hidden ones too: a converged picture depends on
/// nothing else.
bool Engine::State::measuresContrast() const {
  return std::ranges::any_of(images, [&](const SceneImage& image) {
    return !statedRange(*view, setupOf(image.id), image.pyramid->voxelType);
  });
}

/// Rays tell where they can end before they leave the volume. Of a pyramid that grows the ancestors may come last, and what is
/// looked at is made and shown first.
Demand Engine::State::chooseDemand() const {
  const bool hasVolume =
      std::ranges::any_of(regions, [](const ViewRegion& region) { return region.kind == RegionKind::volume; });
  const bool grows = std::ranges::any_of(images, [](const SceneImage& image) { return image.pyramid->growing; });
  const bool tell =
      settings.feedback == Feedback::on && hasVolume && !grows && infoOf(view->mode).endsEarly && !measuresContrast();
  return tell ? Demand::reached : Demand::all;
}

/// Of the frames that have run by now.
void Engine::State::takeFeedback() {
  while (const auto marked = feedback.take()) {
    std::vector<BrickKey> reached;
    for (const std::uint32_t ghost : *marked) reached.push_back((*ghostsTold.front())[ghost]);
    ghostsTold.pop_front();
    if (pager) pager->noteReached(reached);
  }
}

/// The buffer of this frame's draws; null if rays tell nothing. Where there are no ghosts they have nothing to tell, and are
/// drawn by the same pipeline all the same: another one would have to be made just when bricks begin to be missing.
const FeedbackBuffer* Engine::State::openFeedback(gpu::Frame& frame) {
  if (demand == Demand::all) return nullptr;
  if (!feedbackOpen && !tableGhosts->empty()) {
    feedback.begin(frame, static_cast<std::uint32_t>(tableGhosts->size()));
    feedbackOpen = true;
  }
  return &feedback;
}

void Engine::State::closeFeedback(gpu::Frame& frame) {
  if (!feedbackOpen) return;
  feedback.end(frame);
  ghostsTold.push_back(tableGhosts);
  feedbackOpen = false;
}

/// Whether a drawn picture is known to be the final one: all of its rays have told, and none came to what is missing.
bool Engine::State::feedbackSettled(Effort effort) const {
  if (paged->ghosts.empty()) return true;
  return feedback.pending() == 0 && (effort == Effort::complete || pacer.sharp());
}

}  // namespace volary
