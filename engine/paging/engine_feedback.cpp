// What the rays tell: which of the missing bricks they reach, and how fine what they show is.
#include "paging/engine_state.h"

#include <algorithm>
#include <numeric>

namespace volary {

double ShownResolution::asWanted() const {
  const std::uint64_t all = std::accumulate(pixels.begin(), pixels.end(), std::uint64_t{0});
  return all > 0 ? double(pixels.front()) / double(all) : 1.0;
}

ShownResolution& ShownResolution::operator+=(const PixelsByResolution& more) {
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] += more[i];
  return *this;
}

/// Whether the contrast of some image is that of the bricks in view, hidden ones too: a converged picture depends on
/// nothing else.
bool Engine::State::measuresContrast() const {
  return std::ranges::any_of(images, [&](const SceneImage& image) {
    return !statedRange(*view, setupOf(image.id), image.pyramid->voxelType);
  });
}

bool Engine::State::listens() const {
  return settings.feedback == Feedback::on || (settings.feedback == Feedback::automatic && !device.isSoftware());
}

/// Rays tell where they can end before they leave the volume. Of a pyramid that grows the ancestors may come last, and
/// what is looked at is made and shown first.
Demand Engine::State::chooseDemand() const {
  const bool hasVolume =
      std::ranges::any_of(regions, [](const ViewRegion& region) { return region.kind == RegionKind::volume; });
  const bool grows = std::ranges::any_of(images, [](const SceneImage& image) { return image.pyramid->growing; });
  const bool tell = listens() && hasVolume && !grows && infoOf(view->mode).endsEarly && !measuresContrast();
  return tell ? Demand::reached : Demand::all;
}

/// Of the frames that have run by now.
void Engine::State::takeFeedback() {
  while (const auto frame = feedback.take()) {
    const Told from = std::move(told.front());
    told.erase(told.begin());
    if (from.pictureNumber == pictureNumber) resolution += frame->pixels;
    if (!from.ghosts || !pager) continue;
    FrameVector<BrickKey> reached;
    for (const std::uint32_t ghost : frame->ghosts) reached.push_back((*from.ghosts)[ghost]);
    pager->noteReached(reached);
  }
}

/// Where nothing is told the page table needs no ghosts: it has fewer entries, and rays longer ways to go in one brick.
bool Engine::State::hasGhosts() const {
  return paged->raysTell || paged->failed > 0 || view->overlay == Overlay::resolution;
}

/// A picture for a file always counts; the window's where pixels can be coarser than wanted once it is complete.
void Engine::State::chooseTelling(const View& shown, Effort effort, bool hasFailed) {
  countsPixels = effort == Effort::complete || hasFailed || shown.overlay == Overlay::resolution;
}

void Engine::State::beginPicture() {
  ++pictureNumber;
  resolution = {};
}

/// Without ghosts rays have none to tell of, and are drawn by the same pipeline all the same: another one would have to
/// be made just when bricks begin to be missing. So is a preview, which shows coarser levels than the picture will, and
/// whose pixels nobody counts.
void Engine::State::tellIn(gpu::Frame& frame, DrawInput& input, const Picture& target) {
  input.findsFinerGhosts = &target != picture.get();
  input.feedback = &feedback;
  if (feedbackOpen || !(input.countsPixels || (input.marksGhosts && !tableGhosts->empty()))) return;
  feedback.begin(frame, static_cast<std::uint32_t>(tableGhosts->size()));
  feedbackOpen = true;
}

void Engine::State::closeFeedback(gpu::Frame& frame) {
  if (!feedbackOpen) return;
  feedback.end(frame);
  told.push_back({.ghosts = paged->raysTell ? tableGhosts : nullptr, .pictureNumber = pictureNumber});
  feedbackOpen = false;
}

/// Whether a drawn picture is known to be the final one: all of its rays have told, and none came to what is missing.
bool Engine::State::feedbackSettled(Effort effort) const {
  if (!paged->raysTell && !countsPixels) return true;
  return feedback.pending() == 0 && (effort == Effort::complete || pacer.sharp());
}

}  // namespace volary
