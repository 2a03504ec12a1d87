#include "paging/ray_feedback.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace volary {

double ShownResolution::asWanted() const {
  const std::uint64_t all = std::accumulate(pixels.begin(), pixels.end(), std::uint64_t{0});
  return all > 0 ? double(pixels.front()) / double(all) : 1.0;
}

ShownResolution& ShownResolution::operator+=(const PixelsByResolution& more) {
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] += more[i];
  return *this;
}

void RayFeedback::take(Pager* pager) {
  while (const auto frame = buffer_.take()) {
    const Told from = std::move(told_.front());
    told_.erase(told_.begin());
    if (from.picture == picture_) resolution_ += frame->pixels;
    if (!from.ghosts || pager == nullptr) continue;
    FrameVector<BrickKey> reached;
    for (const std::uint32_t ghost : frame->ghosts) reached.push_back((*from.ghosts)[ghost]);
    pager->noteReached(reached);
  }
}

// Two page tables of one frame have the same ghosts.
void RayFeedback::useGhosts(std::span<const BrickKey> ghosts) {
  if (!ghosts_ || !std::ranges::equal(*ghosts_, ghosts)) ghosts_ = keep(ghosts);
}

// Uses the memory of a list that no frame in flight refers to any more.
RayFeedback::Ghosts RayFeedback::keep(std::span<const BrickKey> ghosts) {
  ghosts_.reset();
  auto unused = std::ranges::find_if(lists_, [](const auto& list) { return list.use_count() == 1; });
  if (unused == lists_.end()) unused = lists_.insert(unused, std::make_shared<std::vector<BrickKey>>());
  (*unused)->assign(ghosts.begin(), ghosts.end());
  return *unused;
}

void RayFeedback::beginPicture() {
  ++picture_;
  resolution_ = {};
}

// Even without ghosts, when rays have none to report, the same pipeline draws them: another one would have to be made
// just when bricks begin to be missing. It draws previews, too.
void RayFeedback::listen(gpu::Frame& frame, DrawInput& input, bool isPreview) {
  input.findsFinerGhosts = isPreview;
  input.feedback = &buffer_;
  if (isOpen_ || !(input.countsPixels || (input.marksGhosts && !ghosts_->empty()))) return;
  buffer_.begin(frame, static_cast<std::uint32_t>(ghosts_->size()));
  isOpen_ = true;
}

void RayFeedback::close(gpu::Frame& frame, bool reaches) {
  if (!isOpen_) return;
  buffer_.end(frame);
  told_.push_back({.ghosts = reaches ? ghosts_ : nullptr, .picture = picture_});
  isOpen_ = false;
}

}  // namespace volary
