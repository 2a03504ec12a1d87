#include "paging/frame_pacer.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace volary {

namespace {

/// Until a frame was timed: what a slow device does in the budget.
constexpr double kFirstWork = 100.0 * 100.0;
/// Resolutions of a preview, along each axis. Few and far apart, so that it does not waver between two.
constexpr std::array kScales = {1.0, 0.75, 0.5, 0.375, 0.25, 0.1875, 0.125};
/// Share of a new measurement in the running cost.
constexpr double kLearning = 0.3;

}  // namespace

double FramePacer::affordableWork() const { return msPerWork_ ? kBudgetMs / *msPerWork_ : kFirstWork; }

PacedFrame FramePacer::plan(bool changed, bool converged, int rowPx, int rows, int pictures) {
  const double px = double(rowPx) * rows;
  if (changed) {
    sharp_ = previewDrawn_ = false;
    nextRow_ = nextPicture_ = 0;
  }
  if (sharp_) return {};
  if (!previewDrawn_) {
    previewDrawn_ = true;
    const auto fits = [&](double scale) { return workOf(px * scale * scale, scale) <= affordableWork(); };
    const auto scale = std::ranges::find_if(kScales, fits);
    const double chosen = scale == kScales.end() ? kScales.back() : *scale;
    if (chosen == 1.0) nextPicture_ = 1;
    sharp_ = nextPicture_ == pictures;
    return {.kind = PacedFrame::Kind::preview, .scale = chosen};
  }
  if (!converged) return {};

  const double stepWork = workOf(double(rowPx) * kRowStep, 1.0);
  const int steps = std::max(1, int(std::min(affordableWork() / stepWork, double(rows))));
  const int count = std::min(steps * kRowStep, rows - nextRow_);
  const PacedFrame frame{.kind = PacedFrame::Kind::rows, .firstRow = nextRow_, .endRow = nextRow_ + count, .picture = nextPicture_};
  nextRow_ += count;
  if (nextRow_ >= rows) {
    nextRow_ = 0;
    ++nextPicture_;
  }
  sharp_ = nextPicture_ == pictures;
  return frame;
}

void FramePacer::sharpenAgain() {
  sharp_ = false;
  nextRow_ = nextPicture_ = 0;
}

void FramePacer::learn(double gpuMs, const VolumeWork& done) {
  if (done.usesNewPipeline || done.work <= 0.0 || !(gpuMs > 0.0)) return;
  const double measured = gpuMs / done.work;
  msPerWork_ = msPerWork_ ? std::lerp(*msPerWork_, measured, kLearning) : measured;
}

}  // namespace volary
