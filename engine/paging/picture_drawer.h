#pragma once

#include "paging/contrast.h"
#include "paging/engine.h"
#include "paging/frame_pacer.h"
#include "paging/paged_cache.h"
#include "paging/peak_plan.h"
#include "paging/picture_targets.h"
#include "paging/ray_feedback.h"
#include "paging/shown_scene.h"
#include "render/renderer.h"

#include <cstddef>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace volary {

/// What a frame draws: its view, the images, and the state of their bricks.
struct DrawnView {
  const View& view;
  const ivec2& sizePx;
  const std::optional<PixelRect>& part;
  std::span<const ViewRegion> regions;
  const ShownScene& scene;
  const Contrast& contrast;
  const PagedCache& paged;
  PeakPlan& peaks;
  Demand demand = Demand::all;
  Effort effort = Effort::complete;
};

/// Draws what is there, and knows how far the picture is.
///
/// Invariants: the picture is of one view: it stays on the screen until the driver has made the pipelines of the next
/// view. isFinal() is true only if the picture has every pixel, drawn from all that the last draw() was given.
class PictureDrawer {
 public:
  /// `listens`: rays may be asked to report what they reach.
  PictureDrawer(gpu::Device& device, bool listens);

  /// Begins another view, in a picture of that size; `clears`: the space between its panels has to be cleared.
  void beginView(const ivec2& sizePx, bool clears);
  /// To be called when the page cache is another one.
  void forgetPageTable() { tableHoldsWanted_ = false; }

  /// Begins a frame: learns the times of earlier ones, and takes their feedback.
  void beginFrame(const gpu::Frame& frame, Pager* pager);
  /// Records what the frame draws; `viewChanged`: it is not the last frame's view.
  void draw(gpu::Frame& frame, const DrawnView& now, bool viewChanged);

  /// Begins to make the pipelines of a view; true if all are there. `demand` is that of the frame before.
  bool prepare(const View& view, std::span<const ViewRegion> regions, std::size_t imageCount, PageFormat format,
               Filtering filtering, Demand demand, Effort effort);

  Picture& picture() const { return targets_.picture(); }
  bool isFinal() const { return finalImageDrawn_; }
  /// Whether a drawn picture is known to be the final one: all of its rays have reported, and none came to a missing
  /// brick.
  bool isSettled(const PagerFrame& paged, Effort effort) const;
  /// Whether the picture on the screen is not the view's yet, for want of pipelines or of its contrast.
  bool awaits() const { return awaitsPipelines_ || awaitsContrast_; }
  const RayFeedback& feedback() const { return feedback_; }
  std::size_t tableEntries() const { return tableEntries_; }

  void tell(FrameReport& report, Effort effort, bool isEmpty) const;

 private:
  bool preparePipelines(const View& view, std::span<const ViewRegion> regions, std::size_t imageCount,
                        PageFormat format, Filtering filtering, Demand demand);
  DrawInput lookOf(const View& view, RegionKind kind, Demand demand) const;
  DrawInput inputOf(const DrawnView& now, const ViewRegion& region) const;
  void drawNothing(gpu::Frame& frame, bool viewChanged);
  void drawScene(gpu::Frame& frame, const DrawnView& now, bool viewChanged);
  void drawComplete(gpu::Frame& frame, const DrawnView& now, bool changed, bool morePeaks);
  void drawInteractive(gpu::Frame& frame, const DrawnView& now, bool changed, bool morePeaks);
  void drawPreview(gpu::Frame& frame, const DrawnView& now, const ViewRegion& volume, double scale);
  void usePageTable(gpu::Frame& frame, const DrawnView& now, std::span<const ResidentBrick> bricks);
  void useWantedBricks(gpu::Frame& frame, const DrawnView& now);
  void drawImages(gpu::Frame& frame, const DrawnView& now, Picture& target, std::span<const ViewRegion> drawn,
                  DrawInput common);
  /// Draws the `jitterPicture`-th of the pictures whose mean is shown.
  void drawVolume(gpu::Frame& frame, const DrawnView& now, Picture& target, const ViewRegion& region,
                  const PixelRect& rect, double scale, int jitterPicture);
  void drawSlices(gpu::Frame& frame, const DrawnView& now, const PixelRect& rect);
  void drawLines(gpu::Frame& frame, const DrawnView& now, const PixelRect& rect);

  bool listens_;
  Renderer renderer_;
  PictureTargets targets_;
  RayFeedback feedback_;
  FramePacer pacer_;
  std::unordered_map<const gpu::Frame*, VolumeWork> workDone_;  // by the frame that last used this slot of the ring
  VolumeWork work_;                                             // in the frame that is being recorded
  WantedSet previewSet_;
  bool tableHoldsWanted_ = false;  // the GPU's page table is that of the pager's resident bricks and of shown peaks
  std::size_t tableEntries_ = 0;
  bool awaitsPipelines_ = false;  // to draw what has changed
  bool awaitsContrast_ = false;   // for the same
  bool firstImageDrawn_ = false;
  bool finalImageDrawn_ = false;
  int jitterDrawn_ = 0;  // of the pictures whose mean is shown, for a file
};

}  // namespace volary
