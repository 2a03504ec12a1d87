#pragma once

#include "paging/pager.h"
#include "paging/shown_bricks.h"
#include "paging/shown_scene.h"
#include "pyramid/growing_pyramids.h"
#include "scene/view.h"

#include <cstddef>
#include <span>
#include <vector>

namespace volary {

/// The contrast that the picture's images are drawn with: what the view states, or else that of the bricks in view.
///
/// Invariant: ranges() are those of the scene's images, in their order. Measured ranges are kept while the same images
/// are shown. They are measured anew at each doubling of the number of bricks that have arrived, and when the last one
/// is there, so in the end they depend on the view and the dataset alone.
class Contrast {
 public:
  explicit Contrast(Source& source);

  /// To be called when the scene's images have changed.
  void adopt(const ShownScene& scene);
  /// To be called in each frame, once its paging is done.
  void update(const View& view, const ShownScene& scene, const Pager& pager);

  std::span<const SetupRange> ranges() const { return ranges_; }
  /// The range of the scene's i-th image.
  const ValueRange& rangeOf(std::size_t i) const { return ranges_[i].range; }

  /// Whether some image's contrast is measured from the bricks in view. Hidden bricks count too, so that a converged
  /// picture depends on the view and the dataset alone.
  bool isMeasured(const View& view, const ShownScene& scene) const;
  /// Whether `next` is `view` with the automatic ranges written into it: nothing on the screen changes.
  bool isWrittenDown(const View& view, const View& next);

  /// See Engine::findContrast().
  FrameVector<SetupRange> find(const ShownScene& scene, std::span<const ShownBrick> bricks) const;

 private:
  void addKnown(const ShownScene& scene, const Pager& pager, FrameVector<ShownBrick>& shown,
                FrameVector<BrickStatistics>& known) const;

  const GrowingPyramids* growing_;  // null if the source's pyramids don't grow
  std::vector<int> channels_;       // of the dataset's setups
  std::vector<SetupRange> ranges_;
  int timepoint_ = 0;               // of these
  std::size_t measuredBricks_ = 0;  // from how many shown ones they were found; 0 = not yet
  View written_;                    // for its memory
};

}  // namespace volary
