#include "paging/picture_targets.h"

#include <algorithm>
#include <utility>

namespace volary {

void PictureTargets::resize(const ivec2& sizePx) {
  if (picture_ && picture_->sizePx() == sizePx) return;
  if (picture_) device_.retire(std::move(picture_));
  picture_ = std::make_unique<Picture>(device_, sizePx);
  isNew_ = true;
}

bool PictureTargets::takeNew() { return std::exchange(isNew_, false); }

Picture& PictureTargets::preview(const ivec2& regionPx, const ivec2& sizePx) {
  if (std::exchange(previewedPx_, regionPx) != regionPx) {
    for (std::unique_ptr<Picture>& one : previews_) device_.retire(std::move(one));
    previews_.clear();
  }
  const auto isThat = [&](const auto& one) { return one->sizePx() == sizePx; };
  auto found = std::ranges::find_if(previews_, isThat);
  if (found == previews_.end()) found = previews_.insert(found, std::make_unique<Picture>(device_, sizePx));
  return **found;
}

const JitterBuffers& PictureTargets::jitter() {
  if (jitter_ && jitter_->sizePx() != picture_->sizePx()) dropJitter();
  if (!jitter_) jitter_ = std::make_unique<JitterBuffers>(device_, picture_->sizePx());
  return *jitter_;
}

void PictureTargets::dropJitter() {
  if (jitter_) device_.retire(std::move(jitter_));
}

}  // namespace volary
