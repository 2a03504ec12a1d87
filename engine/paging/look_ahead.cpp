#include "paging/look_ahead.h"

#include <algorithm>
#include <span>
#include <utility>

namespace volary {

void LookAhead::note(const View& view, double seconds) {
  predictor_.note(view, seconds);
  active_ = true;
}

void LookAhead::stop() { *this = {}; }

void LookAhead::predict(const PredictionScene& scene) {
  const std::size_t count = predictor_.predict(scene, predicted_);
  if (std::ranges::equal(std::span(predicted_).first(count), std::span(views_).first(viewCount_))) return;
  std::swap(views_, predicted_);
  viewCount_ = count;
  restart();
}

void LookAhead::restart() {
  next_ = 0;
  bricks_.clear();
  known_.clear();
}

const View* LookAhead::takeNext() { return left() > 0 ? &views_[next_++] : nullptr; }

void LookAhead::add(const WantedSet& wanted) {
  for (const WantedBrick& brick : wanted.bricks)
    if (known_.insert(brick.key)) bricks_.push_back(brick.key);
}

}  // namespace volary
