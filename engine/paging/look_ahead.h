#pragma once

#include "paging/wanted.h"
#include "pyramid/brick_map.h"
#include "scene/view_predictor.h"

#include <cstddef>
#include <vector>

namespace volary {

/// What to load before the next views are there. One predicted view is planned in each frame, as that costs as much as
/// the frame's own plan. The bricks of all predicted views make one list, the likeliest view's first.
class LookAhead {
 public:
  /// See ViewPredictor.
  void note(const View& view, double seconds);
  /// Forgets all views: nothing is loaded ahead until the next note().
  void stop();
  bool active() const { return active_; }

  /// Predicts anew; if the result has changed, begins the list anew. `scene` is that of the last view.
  void predict(const PredictionScene& scene);
  /// Makes the next takeNext() begin with the first view: what the plans depend on has changed.
  void restart();

  /// Predicted views that were not planned yet.
  std::size_t left() const { return viewCount_ - next_; }
  std::size_t planned() const { return next_; }
  /// Null if there is none; valid until predict() or note().
  const View* takeNext();
  /// Adds what a predicted view wants to the list.
  void add(const WantedSet& wanted);
  /// The list; each brick once.
  const std::vector<BrickKey>& bricks() const { return bricks_; }

 private:
  ViewPredictor predictor_;
  bool active_ = false;
  std::vector<View> views_;      ///< the first viewCount_ count; the others are kept for their memory
  std::vector<View> predicted_;  ///< anew, to be compared with them
  std::size_t viewCount_ = 0;
  std::size_t next_ = 0;
  std::vector<BrickKey> bricks_;
  BrickSet known_;
};

}  // namespace volary
