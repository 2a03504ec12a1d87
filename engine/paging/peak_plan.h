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
/// Invariant: there are slots for what plan() returned and for all peaks that could be chosen for it, unless fits()
/// says otherwise.
class PeakPlan {
 public:
  /// Plans the wanted set; `input.regions.front()` is the part of the region `volume` that is drawn. The caller may
  /// complete the set and gives it to a pager; it is valid until the next plan().
  WantedSet& plan(WantedInput input, const View& view, const ViewRegion& volume);
  /// False: some peaks that the plan could show have no slots.
  bool fits() const { return fits_; }

  /// Chooses peaks by the statistics of the stored bricks and the contrast that they are shown with. To be called
  /// whenever bricks have come or the contrast is another one.
  void choose(const ShownScene& scene, const Contrast& contrast, Pager& pager) const;

  /// Whether there are enough more peaks to draw the picture anew. They come long after the picture of the stored
  /// bricks is sharp, so it is drawn anew at each doubling of their number and at the end, and not for every one. What
  /// the page table holds until then stays in its slots.
  bool showsMore(const PagerFrame& paged) const;
  /// Notes how many are shown from now on.
  void noteShown(std::size_t count) { shown_ = count; }

 private:
  WantedSet planned_;
  WantedSet other_;
  std::vector<PeakCandidate> candidates_;  // of the planned set, by rank
  bool fits_ = true;
  std::size_t shown_ = 0;
};

/// `bricks`, each in the slot of its peaks if these are resident.
FrameVector<ResidentBrick> withPeaks(std::span<const ResidentBrick> bricks, std::span<const ResidentBrick> peaks);

}  // namespace volary
