#pragma once

#include "base/frame_memory.h"
#include "paging/brick_transit.h"
#include "paging/engine.h"
#include "paging/frame_pacer.h"
#include "paging/look_ahead.h"
#include "paging/pyramid_reader.h"
#include "paging/scene_content.h"
#include "paging/wanted_peaks.h"

#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace volary {

/// The engine's inside, in six files: engine.cpp takes a view and pages its bricks, engine_ahead.cpp says which bricks
/// the next views want, engine_contrast.cpp with what contrast they are shown, engine_peaks.cpp which are shown as
/// peaks, engine_draw.cpp draws what is there, engine_feedback.cpp listens to what the rays tell.
struct Engine::State {
  State(gpu::Device& d, Source& s, const EngineSettings& e)
      : device(d), source(s), settings(e), renderer(d), feedback(d), pyramids(s), channels(findChannels(s.dataset())) {}

  bool adoptView(const View& newView, const ivec2& newSizePx, const std::optional<PixelRect>& newPart);
  void adoptImages(const SceneContent& content);
  void createCache(PageFormat format);
  void openCache(PageFormat format);
  void plan();
  void planWithPeaks(WantedInput input);
  bool showsPeaks() const;
  void choosePeaks();
  FrameVector<ResidentBrick> withPeaks(std::span<const ResidentBrick> bricks,
                                       std::span<const ResidentBrick> peaks) const;
  bool showsMorePeaks() const;
  bool nothingMissing() const { return paged->missing == 0 && paged->peakCounts.queued == 0; }
  void lookAhead();
  void planAhead(const View& next);
  std::size_t brickBytes() const { return kPaddedBrickVoxels * pageVoxelBytes(cache->format()); }
  std::size_t bricksPerFrame() const;
  void page(gpu::Frame& frame);
  bool isWrittenDown(const View& newView);
  std::size_t countShown() const;
  FrameVector<ShownBrick> shownBricks() const;
  FrameVector<ShownBrick> standIns() const;
  void addKnown(FrameVector<ShownBrick>& shown, FrameVector<BrickStatistics>& known) const;
  FrameVector<SetupRange> findContrast(std::span<const ShownBrick> bricks) const;
  const Setup& setupOf(ImageId image) const;
  const ValueRange& rangeOf(const SceneImage& image) const {
    return ranges[static_cast<std::size_t>(&image - images.data())].range;
  }
  void updateRanges();
  bool measuresContrast() const;
  bool listens() const;
  Demand chooseDemand() const;
  void takeFeedback();
  bool hasGhosts() const;
  void chooseTelling(const View& shown, Effort effort, bool hasFailed);
  void beginPicture();
  void tellIn(gpu::Frame& frame, DrawInput& input, const Picture& target);
  void closeFeedback(gpu::Frame& frame);
  bool feedbackSettled(Effort effort) const;
  void draw(gpu::Frame& frame, bool viewChanged, Effort effort);
  void drawInteractive(gpu::Frame& frame, bool changed, bool morePeaks);
  void drawPreview(gpu::Frame& frame, const ViewRegion& volume, double scale);
  Picture& previewWith(const ViewRegion& volume, const ivec2& size);
  void usePageTable(gpu::Frame& frame, std::span<const ResidentBrick> bricks);
  std::shared_ptr<const std::vector<BrickKey>> keepGhosts(std::span<const BrickKey> ghosts);
  void useWantedBricks(gpu::Frame& frame);
  void drawImages(gpu::Frame& frame, Picture& target, std::span<const ViewRegion> drawn, DrawInput input);
  /// The `picture`-th of those whose mean is shown.
  void drawVolume(gpu::Frame& frame, Picture& target, const ViewRegion& region, const PixelRect& rect, double scale,
                  int jitterPicture);
  void drawSlices(gpu::Frame& frame, const PixelRect& rect);
  int jitterPictures() const;
  FrameVector<FrameVector<OverlayBrick>> overlayBricks() const;
  std::size_t tableIndex(ImageId image) const;
  const SceneImage& guidingImage() const;
  void drawLines(gpu::Frame& frame, const PixelRect& rect);
  bool preparePipelines(const View& shown, std::span<const ViewRegion> itsRegions, std::size_t imageCount,
                        PageFormat format, Filtering filtering);
  bool prepare(const View& next, const ivec2& nextSizePx, Effort effort);
  DrawInput lookOf(const View& shown, RegionKind kind) const;
  DrawInput inputOf(const ViewRegion& region) const;
  std::uint64_t voxelBytesOf(const BrickKey& key) const;
  DrawInput inputFor(DrawInput common, const SceneImage& image, const ViewRegion& region) const;
  void fillReport(Effort effort);
  void measureHostMemory();

  /// The name under which the frame's timings have the volume passes.
  static constexpr const char* kVolumeTiming = "volume";

  gpu::Device& device;
  Source& source;
  EngineSettings settings;
  Renderer renderer;
  FeedbackBuffer feedback;
  PyramidReader pyramids;
  std::unique_ptr<VolumeCache> cache;
  std::unique_ptr<BrickTransit> transit;  // null where the device has no transfer queue
  std::unique_ptr<Pager> pager;
  std::unique_ptr<Picture> picture;
  bool pictureIsNew = false;
  std::vector<std::unique_ptr<Picture>> previews;  // the volume region with fewer pixels: one for each number of them
  ivec2 previewedPx{0};                            // how large that region is
  std::unique_ptr<JitterBuffers> jitter;           // of the picture, where the mean of several is shown
  int jitterDrawn = 0;                             // of these, for a file

  // The view that is being drawn, and what follows from it.
  std::optional<View> view;
  View writtenView;  // see isWrittenDown()
  ivec2 sizePx{0};
  std::optional<PixelRect> part;
  std::size_t pyramidsSeen = 0;  // of pyramids.finishedCount()
  ImageId current;
  dmat4 worldFromVoxelOfCurrent{1.0};
  std::vector<SceneImage> images;  // in the order in which they are mixed; none: the dataset has no such image
  std::size_t imagesPending = 0;
  /// With those that are still to come, so that a scene is drawn by the same pipelines from its first frame on.
  std::size_t imageCount() const { return images.size() + imagesPending; }
  std::vector<PageTableImage> tableImages;  // the same, ascending
  std::vector<ViewRegion> regions;

  WantedSet plannedSet;                       // what the pager is given
  WantedSet otherSet;                         // planned beside it
  std::vector<PeakCandidate> peakCandidates;  // of the wanted set, by rank
  bool peaksFit = true;                       // all of them
  LookAhead ahead;
  const PagerFrame* paged = nullptr;
  std::vector<int> channels;       // of the dataset's setups
  std::vector<SetupRange> ranges;  // that the picture is drawn with, by image
  int timepointOfRanges = 0;
  std::size_t measuredBricks = 0;  // from how many shown ones it was found; 0 = not yet
  bool tableHoldsWanted = false;   // the GPU's page table is that of paged->resident and of the peaks that are shown
  std::size_t peaksShown = 0;      // that it was built with
  Demand demand = Demand::all;
  std::shared_ptr<const std::vector<BrickKey>> tableGhosts;        // that the page table has
  std::vector<std::shared_ptr<std::vector<BrickKey>>> ghostLists;  // this one and others, for their memory
  bool countsPixels = false;                                       // this frame's pixels tell how fine they are
  bool feedbackOpen = false;                                       // in the frame that is being recorded
  std::uint64_t pictureNumber = 0;  // of the picture that is being drawn, in one frame or in several
  ShownResolution resolution;       // of it, as far as it has told
  /// Of a frame that feedback.take() has yet to give.
  struct Told {
    std::shared_ptr<const std::vector<BrickKey>> ghosts;  // null if what rays reach is not to be asked for
    std::uint64_t pictureNumber = 0;
  };
  std::vector<Told> told;
  FramePacer pacer;
  bool awaitsPipelines = false;  // to draw what has changed
  bool firstImageDrawn = false;
  bool finalImageDrawn = false;
  std::unordered_map<const gpu::Frame*, VolumeWork>
      volumeWorkDone;     // by the frame that last used this slot of the ring
  VolumeWork volumeWork;  // in the frame that is being recorded
  std::uint64_t bytesUploaded = 0;
  std::uint64_t bytesReadBefore = 0;  // this view
  std::size_t tableEntries = 0;
  FrameReport report;
};

}  // namespace volary
