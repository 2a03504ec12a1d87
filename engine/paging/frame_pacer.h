#pragma once

#include "base/geometry.h"

#include <chrono>
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
  int picture = 0;  ///< of rows: of how many pictures before this one a mean holds
};

/// What a frame's volume passes have done.
struct VolumeWork {
  double work = 0.0;              ///< FramePacer::workOf()
  bool usesNewPipeline = false;   ///< the driver may have made code in the time that they took
};

/// Decides how many pixels fit the frame's time, so that a slow device stays responsive: while the picture changes it
/// gets fewer pixels, all at once; when it is still it is sharpened row by row, without ever blocking a frame.
///
/// Pure but for what it has learnt: the cost of its work, from the times that it is told.
class FramePacer {
 public:
  /// A drawn frame's volume passes should take this long. 15 fps are 67 ms a frame; the rest is for the window, uploads
  /// and slices.
  static constexpr double kBudgetMs = 45.0;
  /// The shaders' groups of threads are that many pixels high: fewer rows cost as much.
  static constexpr int kRowStep = 8;

  /// `changed`: the view, the picture's size or what is resident is not what it was when the last frame was planned.
  /// `converged`: nothing is missing, so that sharpening is not in vain. `rowPx` is a row's pixels, `rows` their number. The mean of
  /// `pictures` of them is to be shown; a preview at full resolution is the first of these.
  PacedFrame plan(bool changed, bool converged, int rowPx, int rows, int pictures = 1);

  /// The picture is to be sharpened anew, over what is there.
  void sharpenAgain();

  /// What a frame's volume passes took, and what they did. Where the driver made code it says nothing of how fast it is drawn.
  void learn(double gpuMs, const VolumeWork& done);

  /// The work of drawing `pixels` at `scale`. Fewer pixels are also larger ones, that are drawn from coarser levels: a ray
  /// takes fewer steps.
  static double workOf(double pixels, double scale) { return pixels * scale; }

  /// True when the picture has every pixel, of all pictures, of the view as it was last planned.
  bool sharp() const { return sharp_; }

 private:
  double affordableWork() const;

  std::optional<double> msPerWork_;
  bool sharp_ = false;
  bool previewDrawn_ = false;
  int nextRow_ = 0;
  int nextPicture_ = 0;
};

}  // namespace volary
