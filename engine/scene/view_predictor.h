#pragma once

#include "scene/view.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace volary {

/// The predictor's knowledge of the image that is shown.
struct PredictionScene {
  dmat4 worldFromVoxel{1.0};          ///< of the full resolution grid, in the view's space
  std::span<const int> timepoints{};  ///< the dataset's ids, in order
};

/// Predicts from the last views which ones come next, so that their bricks can be loaded ahead.
///
/// Three motions are followed, each as long as it goes on: the camera and the slices' place and scale by their
/// velocity; the slices' planes in the direction in which they were last stepped; the time points in the direction in
/// which they were last stepped, as many as their pace calls for. Stepping is expected to go on after a pause: while
/// the view is still, at most the next layer of bricks and the next time point are predicted. Deterministic: times come
/// from the caller, in seconds of any steady clock.
class ViewPredictor {
 public:
  /// How far ahead to predict: long enough to read and decode what comes into view, short enough to be right.
  static constexpr double kHorizonSeconds = 0.3;
  static constexpr int kMostTimepoints = 4;
  static constexpr int kMostLayers = 4;

  /// Notes the view at a time, which must not be before that of the last call.
  void note(const View& view, double seconds);
  void clear();

  /// The views to prepare for, most likely first; none while nothing has moved yet. `scene` is that of the last view.
  /// They overwrite the first elements of `views`, which keep their memory, or are added to it; returns how many they
  /// are.
  std::size_t predict(const PredictionScene& scene, std::vector<View>& views) const;

 private:
  /// The parts of a view that move continuously.
  struct Pose {
    Camera camera;
    SliceView slices;
    double seconds = 0.0;
  };
  /// Steps through the time points, all in one direction.
  struct TimeSteps {
    int direction = 0;  ///< of the ids
    std::vector<double> seconds;
  };

  /// Views that are written one after the other.
  struct Views {
    std::vector<View>& views;
    std::size_t count = 0;
    View& add(const View& view);
  };

  /// The horizon as a part of the way from the first pose to the last one.
  double horizonShare() const;
  bool moving() const;
  void addLayers(const PredictionScene& scene, Views& views) const;
  void addTimepoints(const PredictionScene& scene, Views& views) const;

  std::optional<View> last_;
  double lastSeconds_ = 0.0;
  std::vector<Pose> poses_;  ///< each differs from the one before
  dvec3 sliceStep_{0.0};     ///< the last change of the slices' point
  TimeSteps timeSteps_;
};

}  // namespace volary
