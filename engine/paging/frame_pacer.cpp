#include "paging/frame_pacer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace volary {

namespace {

/// How many pixels a slow device draws in the budget: assumed until a frame was timed.
constexpr double kFirstPixels = 130.0 * 130.0;
/// A pixel's cost in terms of its cost at finer resolutions, if only those are known: what a ray skips there, it may
/// not skip in coarser levels.
constexpr double kUnknownCost = 2.0;
/// Weights of a new measurement against what is known: for a greater one, which makes frames late, and for a smaller
/// one.
constexpr double kLearningMore = 0.7;
constexpr double kLearningLess = 0.3;
/// Weight of the guess, each frame, against what was learnt about finer resolutions: so what was once too slow is tried
/// again some day.
constexpr double kForgetting = 0.02;
/// Share of the budget that a frame with more pixels than the last one may be expected to take.
constexpr double kMorePixelsBudget = 0.8;

double blend(double known, double measured) {
  return std::lerp(known, measured, measured > known ? kLearningMore : kLearningLess);
}

}  // namespace

/// A guess: with more pixels a ray takes as many times more steps, and all rays together may read more than the
/// processor's caches hold.
double FramePacer::guessedRatio(std::size_t finer, std::size_t coarser) {
  const double steps = kScales[finer] / kScales[coarser];
  return steps * steps;
}

double FramePacer::expectedMsPerPixel(std::size_t scale) const {
  if (msPerPixel_[scale]) return *msPerPixel_[scale];
  for (std::size_t coarser = scale + 1; coarser < kScales.size(); ++coarser)
    if (msPerPixel_[coarser]) return *msPerPixel_[coarser] * guessedRatio(scale, coarser);
  for (std::size_t finer = scale; finer-- > 0;)
    if (msPerPixel_[finer]) return kUnknownCost * *msPerPixel_[finer];
  return kBudgetMs / kFirstPixels;
}

// Empty rows say nothing about those that follow: these are expected to cost at least as much as the picture's average,
// or a preview's pixel.
double FramePacer::expectedRowMsPerPixel() const {
  const double ofPreview = expectedMsPerPixel(scale_);
  if (!rowMsPerPixel_) return ofPreview / kScales[scale_];
  return std::max(*rowMsPerPixel_, msPerPixel_[0].value_or(ofPreview));
}

PacedFrame FramePacer::plan(bool changed, bool converged, int rowPx, int rows, int pictures) {
  picturePixels_ = double(rowPx) * rows;
  if (changed) {
    sharp_ = previewDrawn_ = false;
    nextRow_ = nextPicture_ = 0;
    sharpenedMs_ = sharpenedPixels_ = 0.0;
  }
  if (sharp_) return {};
  if (!previewDrawn_) {
    previewDrawn_ = true;
    std::size_t scale = 0;
    const auto fits = [&](std::size_t at) {
      const double budgetMs = at < scale_ ? kMorePixelsBudget * kBudgetMs : kBudgetMs;
      return expectedMsPerPixel(at) * picturePixels_ * kScales[at] * kScales[at] <= budgetMs;
    };
    while (scale + 1 < kScales.size() && !fits(scale)) ++scale;
    scale_ = scale;
    const double chosen = kScales[scale];
    if (chosen == 1.0) nextPicture_ = 1;
    sharp_ = nextPicture_ == pictures;
    return {.kind = PacedFrame::Kind::preview, .scale = chosen};
  }
  if (!converged) return {};

  const int steps = std::max(1, int(std::min(kBudgetMs / (expectedRowMsPerPixel() * rowPx * kRowStep), double(rows))));
  const int count = std::min(steps * kRowStep, rows - nextRow_);
  const PacedFrame frame{
      .kind = PacedFrame::Kind::rows, .firstRow = nextRow_, .endRow = nextRow_ + count, .picture = nextPicture_};
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
  if (done.usesNewPipeline || done.pixels <= 0.0 || !(gpuMs > 0.0)) return;
  if (!done.whole) return learnRows(gpuMs, done.pixels);
  const auto scale = std::ranges::find(kScales, done.scale);
  if (scale != kScales.end()) learnWhole(static_cast<std::size_t>(scale - kScales.begin()), gpuMs / done.pixels);
}

// A change from one frame to the next at the same resolution is due to the view, and holds for all resolutions. If the
// resolution changed too, only its own cost is replaced.
void FramePacer::learnWhole(std::size_t scale, double msPerPixel) {
  if (std::exchange(learntScale_, scale) != scale || !msPerPixel_[scale]) {
    msPerPixel_[scale] = msPerPixel;
    return;
  }
  const double change = blend(*msPerPixel_[scale], msPerPixel) / *msPerPixel_[scale];
  for (std::optional<double>& known : msPerPixel_)
    if (known) *known *= change;
  for (std::size_t finer = 0; finer < scale; ++finer)
    if (std::optional<double>& known = msPerPixel_[finer])
      known = std::min(*known, std::lerp(*known, *msPerPixel_[scale] * guessedRatio(finer, scale), kForgetting));
}

// The cost of a whole picture is known when all rows are there, as any of them may be empty.
void FramePacer::learnRows(double gpuMs, double pixels) {
  const double measured = gpuMs / pixels;
  rowMsPerPixel_ = rowMsPerPixel_ ? blend(*rowMsPerPixel_, measured) : measured;
  sharpenedMs_ += gpuMs;
  sharpenedPixels_ += pixels;
  if (sharpenedPixels_ < picturePixels_) return;
  msPerPixel_[0] = sharpenedMs_ / sharpenedPixels_;
  sharpenedMs_ = sharpenedPixels_ = 0.0;
}

}  // namespace volary
