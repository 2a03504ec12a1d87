#pragma once

#include "paging/contrast.h"
#include "paging/pager.h"
#include "paging/shown_scene.h"
#include "paging/wanted.h"
#include "paging/wanted_peaks.h"

#include <cstddef>
#include <span>
#include <vector>

namespace volary {

/// What the view wants, and which bricks of a maximum are shown as peaks.
///
/// Invariant: there are slots for what plan() returned and for all peaks that could be chosen of it, unless fits() says
/// otherwise.
class PeakPlan {
 public:
  /// Plans the wanted set; `volume` is the region that `input.regions.front()` is the drawn part of. The set is the
  /// caller's to give to a pager, and valid until the next plan().
  WantedSet& plan(WantedInput input, const View& view, const ViewRegion& volume);
  /// False: some peaks that the plan could show have no slots.
  bool fits() const { return fits_; }

  /// Chooses by what the stored bricks are like and the contrast that they are shown with. To be called in each frame,
  /// once its contrast is known.
  void choose(const ShownScene& scene, const Contrast& contrast, Pager& pager) const;

  /// Whether there are enough more peaks to draw the picture anew. They come long after the picture of what is stored,
  /// which is sharp by then: it is drawn at each doubling and at the end, and not for every one. What the page table
  /// holds until then stays in its slots.
  bool showsMore(const PagerFrame& paged) const;
  /// So many are shown from now on.
  void noteShown(std::size_t count) { shown_ = count; }

 private:
  WantedSet planned_;
  WantedSet other_;
  std::vector<PeakCandidate> candidates_;  // of the planned set, by rank
  bool fits_ = true;
  std::size_t shown_ = 0;
};

/// The bricks, in the slots of their peaks where there are any.
FrameVector<ResidentBrick> withPeaks(std::span<const ResidentBrick> bricks, std::span<const ResidentBrick> peaks);

}  // namespace volary
