#include "paging/frame_pacer.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace volary {

namespace {

/// Until a frame was timed: what a slow device draws in the budget.
constexpr double kFirstPreviewPx = 200.0 * 150.0;
/// Resolutions of a preview, along each axis. Few and far apart, so that it does not waver between two.
constexpr std::array kScales = {1.0, 0.75, 0.5, 0.375, 0.25, 0.1875, 0.125};
/// Share of a new measurement in the running cost of a pixel.
constexpr double kLearning = 0.3;

}  // namespace

double FramePacer::affordablePx() const { return msPerPixel_ ? kBudgetMs / *msPerPixel_ : kFirstPreviewPx; }

PacedFrame FramePacer::plan(bool changed, bool converged, int rowPx, int rows) {
  const double px = double(rowPx) * rows;
  if (changed) {
    sharp_ = previewDrawn_ = false;
    nextRow_ = 0;
  }
  if (sharp_) return {};
  if (!previewDrawn_) {
    previewDrawn_ = true;
    const auto fits = [&](double scale) { return px * scale * scale <= affordablePx(); };
    const auto scale = std::ranges::find_if(kScales, fits);
    const double chosen = scale == kScales.end() ? kScales.back() : *scale;
    sharp_ = chosen == 1.0;
    return {.kind = PacedFrame::Kind::preview, .scale = chosen};
  }
  if (!converged) return {};

  // Whole rows, at least one, at most what is affordable.
  const int count = std::clamp(int(affordablePx() / std::max(1, rowPx)), 1, rows - nextRow_);
  const PacedFrame frame{.kind = PacedFrame::Kind::rows, .firstRow = nextRow_, .endRow = nextRow_ + count};
  nextRow_ += count;
  sharp_ = nextRow_ >= rows;
  return frame;
}

void FramePacer::learn(double gpuMs, double pixels) {
  if (pixels <= 0.0 || !(gpuMs > 0.0)) return;
  const double measured = gpuMs / pixels;
  msPerPixel_ = msPerPixel_ ? std::lerp(*msPerPixel_, measured, kLearning) : measured;
}

}  // namespace volary
