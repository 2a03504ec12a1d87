#include "paging/look_ahead.h"

#include <utility>

namespace volary {

void LookAhead::note(const View& view, double seconds) {
  predictor_.note(view, seconds);
  active_ = true;
}

void LookAhead::stop() { *this = {}; }

void LookAhead::predict(const PredictionScene& scene) {
  std::vector<View> views = predictor_.predict(scene);
  if (views == views_) return;
  views_ = std::move(views);
  restart();
}

void LookAhead::restart() {
  next_ = 0;
  bricks_.clear();
  known_.clear();
}

std::optional<View> LookAhead::takeNext() {
  if (left() == 0) return std::nullopt;
  return views_[next_++];
}

void LookAhead::add(const WantedSet& wanted) {
  for (const WantedBrick& brick : wanted.bricks)
    if (known_.insert(brick.key)) bricks_.push_back(brick.key);
}

}  // namespace volary
