#include "scene/view_predictor.h"

#include "pyramid/brick.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace volary {

namespace {

/// How many poses make a velocity: three intervals, so that one late frame does not shake it.
constexpr std::size_t kPoses = 4;
/// Older poses belong to another motion. Covers three frames of the slowest device that anybody would move on.
constexpr double kPoseSeconds = 0.6;
/// Without a change for so long, or for two of its usual intervals, a motion is over.
constexpr double kStillSeconds = 0.1;
/// Time steps older than this say nothing about the pace.
constexpr double kPaceSeconds = 1.0;
/// How far ahead time points are predicted: all of their bricks have to be loaded.
constexpr double kTimeHorizonSeconds = 0.5;

// Beyond these limits a guess is worth nothing: a quarter turn, and four times as large.
constexpr double kMostTurn = 0.5 * std::numbers::pi;
constexpr double kMostZoom = 4.0;

/// `to`, moved on by `share` of the way from `from` to `to`, in logarithms: how a zoom goes on.
double extrapolateScale(double from, double to, double share) {
  if (!(from > 0.0) || !(to > 0.0)) return to;
  return to * std::clamp(std::pow(to / from, share), 1.0 / kMostZoom, kMostZoom);
}

dvec3 extrapolatePoint(const dvec3& from, const dvec3& to, double share) { return to + share * (to - from); }

dquat extrapolateTurn(const dquat& from, const dquat& to, double share) {
  dquat turn = to * glm::conjugate(from);
  if (turn.w < 0.0) turn = -turn;
  const double angle = glm::angle(glm::normalize(turn));
  if (!(angle > 1e-9)) return to;
  return glm::normalize(glm::angleAxis(std::min(angle * share, kMostTurn), glm::axis(turn)) * to);
}

/// The user turns about the pivot or the eye, whichever stands still while the other moves.
Camera extrapolateCamera(const Camera& from, const Camera& to, double share) {
  if (from == to || from.projection != to.projection) return to;
  Camera camera = to;
  camera.worldFromCamera = extrapolateTurn(from.worldFromCamera, to.worldFromCamera, share);
  camera.pivotDistance = extrapolateScale(from.pivotDistance, to.pivotDistance, share);
  camera.orthoHeightWorld = extrapolateScale(from.orthoHeightWorld, to.orthoHeightWorld, share);
  if (glm::distance(from.position, to.position) < glm::distance(from.pivot(), to.pivot())) {
    camera.position = extrapolatePoint(from.position, to.position, share);
  } else {
    const dvec3 pivot = extrapolatePoint(from.pivot(), to.pivot(), share);
    camera.position = pivot - camera.pivotDistance * camera.forward();
  }
  return camera;
}

}  // namespace

void ViewPredictor::note(const View& view, double seconds) {
  const auto isOther = [&] {
    return last_->setup != view.setup || last_->space != view.space || last_->layout != view.layout;
  };
  if (last_ && isOther()) clear();
  if (poses_.empty() || poses_.back().camera != view.camera || poses_.back().slices != view.slices) {
    // It overwrites the oldest one.
    if (poses_.size() < kPoses)
      poses_.emplace_back();
    else
      std::rotate(poses_.begin(), poses_.begin() + 1, poses_.end());
    poses_.back().camera = view.camera;
    poses_.back().slices = view.slices;
    poses_.back().seconds = seconds;
  }
  if (last_) {
    if (last_->slices.pointWorld != view.slices.pointWorld)
      sliceStep_ = view.slices.pointWorld - last_->slices.pointWorld;
    if (last_->timepoint != view.timepoint) {
      const int direction = view.timepoint > last_->timepoint ? 1 : -1;
      if (timeSteps_.direction != direction) timeSteps_ = {.direction = direction, .seconds = {}};
      timeSteps_.seconds.push_back(seconds);
    }
  }
  std::erase_if(timeSteps_.seconds, [&](double step) { return step < seconds - kPaceSeconds; });
  last_ = view;
  lastSeconds_ = seconds;
}

void ViewPredictor::clear() { *this = {}; }

View& ViewPredictor::Views::add(const View& view) {
  if (count == views.size())
    views.push_back(view);
  else
    views[count] = view;
  return views[count++];
}

std::size_t ViewPredictor::predict(const PredictionScene& scene, std::vector<View>& written) const {
  Views views{written};
  if (!last_) return 0;
  if (moving()) {
    const Pose &from = poses_.front(), &to = poses_.back();
    const double share = horizonShare();
    View& view = views.add(*last_);
    view.camera = extrapolateCamera(from.camera, to.camera, share);
    view.slices.pointWorld = extrapolatePoint(from.slices.pointWorld, to.slices.pointWorld, share);
    view.slices.centreWorld = extrapolatePoint(from.slices.centreWorld, to.slices.centreWorld, share);
    view.slices.worldPerPixel = extrapolateScale(from.slices.worldPerPixel, to.slices.worldPerPixel, share);
    view.slices.worldFromSlice = extrapolateTurn(from.slices.worldFromSlice, to.slices.worldFromSlice, share);
  }
  if (last_->layout == Layout::slices) addLayers(scene, views);
  addTimepoints(scene, views);
  return views.count;
}

double ViewPredictor::horizonShare() const {
  return kHorizonSeconds / (poses_.back().seconds - poses_.front().seconds);
}

// One change alone is a jump: a reset, a click.
bool ViewPredictor::moving() const {
  if (poses_.size() < 3) return false;
  const double span = poses_.back().seconds - poses_.front().seconds;
  const double interval = span / static_cast<double>(poses_.size() - 1);
  return span > 0.0 && interval <= kPoseSeconds / 3.0 &&
         lastSeconds_ - poses_.back().seconds < std::max(kStillSeconds, 2.0 * interval);
}

// A step lies across one of the three planes; a click that moves several of them has no direction.
void ViewPredictor::addLayers(const PredictionScene& scene, Views& views) const {
  const double length = glm::length(sliceStep_);
  if (!(length > 0.0)) return;
  const dvec3 step = glm::inverse(dmat3(scene.worldFromVoxel)) * sliceStep_;
  const dvec3 part = glm::abs(step) / std::max({std::abs(step.x), std::abs(step.y), std::abs(step.z)});
  if (part.x + part.y + part.z > 1.01) return;
  const int axis = part.x == 1.0 ? 0 : part.y == 1.0 ? 1 : 2;

  // This is about the thickness of a brick of the level that is shown: its voxels are as large as a pixel, or the
  // finest.
  const double voxelWorld = glm::length(dvec3(scene.worldFromVoxel[axis]));
  const double layerWorld = kBrickPayload * std::max(voxelWorld, last_->slices.worldPerPixel * last_->pixelsPerVoxel);
  double reachWorld = layerWorld;
  if (moving()) {
    const dvec3 point =
        extrapolatePoint(poses_.front().slices.pointWorld, poses_.back().slices.pointWorld, horizonShare());
    reachWorld = std::max(reachWorld, glm::distance(point, last_->slices.pointWorld));
  }
  const int layers = std::clamp(static_cast<int>(std::ceil(reachWorld / layerWorld)), 1, kMostLayers);
  for (int layer = 1; layer <= layers; ++layer) {
    views.add(*last_).slices.pointWorld += sliceStep_ / length * (layer * layerWorld);
  }
}

void ViewPredictor::addTimepoints(const PredictionScene& scene, Views& views) const {
  if (timeSteps_.direction == 0) return;
  const auto here = std::ranges::find(scene.timepoints, last_->timepoint);
  if (here == scene.timepoints.end()) return;
  const double pace = static_cast<double>(timeSteps_.seconds.size()) / kPaceSeconds;
  const int count = std::clamp(static_cast<int>(std::ceil(pace * kTimeHorizonSeconds)), 1, kMostTimepoints);
  const auto index = here - scene.timepoints.begin();
  for (int n = 1; n <= count; ++n) {
    const auto next = index + n * timeSteps_.direction;
    if (next < 0 || next >= static_cast<std::ptrdiff_t>(scene.timepoints.size())) return;
    views.add(*last_).timepoint = scene.timepoints[static_cast<std::size_t>(next)];
  }
}

}  // namespace volary
