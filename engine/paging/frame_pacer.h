#pragma once

#include "base/geometry.h"

#include <array>
#include <cstddef>
#include <optional>

namespace volary {

/// What to draw of the volume regions in this frame.
struct PacedFrame {
  enum class Kind {
    nothing,  ///< the picture is what it should be
    preview,  ///< all of it, at `scale` of its pixels along each axis, then enlarged
    rows,     ///< rows [firstRow, endRow) at full resolution, over what is there
  };
  Kind kind = Kind::nothing;
  double scale = 1.0;
  int firstRow = 0;
  int endRow = 0;
  int picture = 0;  ///< for rows: how many pictures the mean holds before this one
};

/// What a frame's volume pass has done.
struct VolumeWork {
  double pixels = 0.0;           ///< how many it drew
  double scale = 1.0;            ///< PacedFrame::scale
  bool whole = true;             ///< false: some rows of the picture
  bool usesNewPipeline = false;  ///< the driver may have made code in the time that it took
};

/// Decides how many pixels fit the frame's time, so that a slow device stays responsive: while the picture changes it
/// gets fewer pixels, all at once; when it is still it is sharpened row by row, without ever blocking a frame.
///
/// Pure but for what it learns from measured times: the cost of a pixel of a whole picture at each resolution, and of a
/// pixel of the rows that are being drawn. These costs differ: larger pixels are drawn from coarser levels, where a ray
/// takes fewer steps, but also ends later and skips less. And rows at a picture's edge may be empty.
class FramePacer {
 public:
  /// A drawn frame's volume passes should take this long. 15 fps are 67 ms a frame; the rest is for the window, uploads
  /// and slices.
  static constexpr double kBudgetMs = 45.0;
  /// The shaders' groups of threads are that many pixels high: fewer rows cost as much.
  static constexpr int kRowStep = 8;

  /// `changed`: the view, the picture's size or what is resident has changed since the last frame was planned.
  /// `converged`: nothing is missing, so that sharpening is not in vain. `rowPx` is a row's pixels, `rows` their
  /// number. The mean of `pictures` pictures is to be shown; a preview at full resolution is the first of these.
  PacedFrame plan(bool changed, bool converged, int rowPx, int rows, int pictures = 1);

  /// The picture is to be sharpened anew, over what is there.
  void sharpenAgain();

  /// Learns from the time of a frame's volume pass and what it drew. Ignores frames in which the driver may have made
  /// code.
  void learn(double gpuMs, const VolumeWork& done);

  /// True when the picture of the last planned view has every pixel, of all pictures that its mean is made of.
  bool sharp() const { return sharp_; }

 private:
  /// Resolutions of a preview, along each axis. Few and far apart, so that it does not waver between two.
  static constexpr std::array kScales = {1.0, 0.75, 0.5, 0.375, 0.25, 0.1875, 0.125};

  void learnWhole(std::size_t scale, double msPerPixel);
  void learnRows(double gpuMs, double pixels);
  double expectedMsPerPixel(std::size_t scale) const;
  double expectedRowMsPerPixel() const;
  static double guessedRatio(std::size_t finer, std::size_t coarser);

  std::array<std::optional<double>, kScales.size()> msPerPixel_;  // of whole pictures
  std::size_t learntScale_ = 0;                                   // the last of these
  std::optional<double> rowMsPerPixel_;                           // of the last rows
  double sharpenedMs_ = 0.0;                                      // of the rows of this picture so far
  double sharpenedPixels_ = 0.0;
  double picturePixels_ = 0.0;
  std::size_t scale_ = 0;  // of the last preview
  bool sharp_ = false;
  bool previewDrawn_ = false;
  int nextRow_ = 0;
  int nextPicture_ = 0;
};

}  // namespace volary
