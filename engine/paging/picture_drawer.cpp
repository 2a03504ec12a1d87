#include "paging/picture_drawer.h"

#include "paging/view_lines.h"
#include "pyramid/level_transform.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace volary {

namespace {

/// Where there is no voxel. Slices are lighter there than a black voxel, so that the image's edge is seen.
constexpr vec4 kVolumeBackground(0.0f, 0.0f, 0.0f, 1.0f);
constexpr vec4 kSliceBackground(0.09f, 0.09f, 0.10f, 1.0f);

RenderMode modeOf(Slab slab) {
  switch (slab) {
    case Slab::minimum: return RenderMode::minip;
    case Slab::average: return RenderMode::average;
    case Slab::maximum: break;
  }
  return RenderMode::mip;
}

bool jitters(const View& view) { return infoOf(view.mode).integrates && view.jitter > 1; }

PixelRect rectOf(const ViewRegion& region) { return {region.offsetPx, region.offsetPx + region.sizePx}; }

double pixelCount(const PixelRect& rect) { return double(rect.end.x - rect.begin.x) * (rect.end.y - rect.begin.y); }

/// How many samples per voxel leave no rings: as many as the pixels that a level-0 voxel covers at the volume's middle.
/// Coarser levels are shown where their voxels are no larger than a pixel.
int samplesPerVoxel(const ViewRegion& region, const ImagePyramid& pyramid, const dmat4& worldFromVoxel) {
  constexpr double kMost = 3.0;  // more costs time and is not seen
  const dvec3 factor = pyramid.levels.front().factor;
  const double edgeWorld =
      std::min({factor.x * glm::length(dvec3(worldFromVoxel[0])), factor.y * glm::length(dvec3(worldFromVoxel[1])),
                factor.z * glm::length(dvec3(worldFromVoxel[2]))});
  const double pixels = edgeWorld * pixelsPerWorld(region, worldBox(pyramid, worldFromVoxel).centre());
  return int(std::lround(std::clamp(pixels, 1.0, kMost)));
}

/// How many pictures have their mean shown in the volume's region, which is the last one.
int jitterPictures(const DrawnView& now) {
  return jitters(now.view) && now.regions.back().kind == RegionKind::volume ? now.view.jitter : 1;
}

/// Without feedback the page table needs no ghosts: it then has fewer entries, and rays stay longer in one brick.
bool hasGhosts(const DrawnView& now) {
  const PagerFrame& paged = now.paged.pager().frame();
  return paged.raysTell || paged.failed > 0 || now.view.overlay == Overlay::resolution;
}

/// Adds to `common` what only the scene's i-th image has.
DrawInput inputFor(DrawInput common, const DrawnView& now, std::size_t i, const ViewRegion& region) {
  const SceneImage& image = now.scene.images()[i];
  const int levels = static_cast<int>(image.pyramid->levels.size());
  common.worldFromVoxel = image.worldFromVoxel;
  common.pyramid = image.pyramid;
  common.imageIndex = static_cast<std::uint32_t>(now.scene.tableIndex(image.id));
  common.valueFromTexel = valueFromTexel(image.pyramid->voxelType);
  common.range = now.contrast.rangeOf(i, region.kind);
  if (!common.isoValue && infoOf(common.mode).hasIsoValue) common.isoValue = now.contrast.isoValueOf(i);
  common.colour = image.look.colour;
  if (common.pinnedLevel) common.pinnedLevel = std::min(*common.pinnedLevel, levels - 1);
  if (region.kind == RegionKind::volume)
    common.samplesPerVoxel = now.view.samplesPerVoxel.value_or(
        common.jitter ? 1 : samplesPerVoxel(region, *image.pyramid, image.worldFromVoxel));
  return common;
}

/// The volume passes' name in the frame's timings.
constexpr const char* kVolumeTiming = "volume";

/// Whether pixels are counted by resolution: always for a file; in the window if they can be coarser than wanted once
/// the picture is complete.
bool countsPixels(const View& view, Effort effort, bool hasFailed) {
  return effort == Effort::complete || hasFailed || view.overlay == Overlay::resolution;
}

}  // namespace

PictureDrawer::PictureDrawer(gpu::Device& device, bool listens)
    : listens_(listens), renderer_(device), targets_(device), feedback_(device) {}

void PictureDrawer::usePageTable(gpu::Frame& frame, const DrawnView& now, std::span<const ResidentBrick> bricks) {
  const std::span<const BrickKey> ghosts =
      hasGhosts(now) ? std::span<const BrickKey>(now.paged.pager().frame().ghosts) : std::span<const BrickKey>();
  const PageTable table = makePageTable(now.scene.tableImages(), bricks, ghosts);
  feedback_.useGhosts(ghosts);
  tableEntries_ = table.entries.size();
  now.paged.cache().setPageTable(frame, table);
}

void PictureDrawer::useWantedBricks(gpu::Frame& frame, const DrawnView& now) {
  if (tableHoldsWanted_) return;
  const PagerFrame& paged = now.paged.pager().frame();
  usePageTable(frame, now, withPeaks(paged.resident, paged.peaks));
  now.peaks.noteShown(paged.peaks.size());
  tableHoldsWanted_ = true;
}

/// What all images have in common, as far as it depends on the view.
DrawInput PictureDrawer::lookOf(const View& view, RegionKind kind, Demand demand) const {
  const bool isSlice = kind == RegionKind::slice;
  return {.mode = isSlice ? modeOf(view.slices.slab) : view.mode,
          .jitter = !isSlice && jitters(view) ? std::optional(Jitter{.pictures = view.jitter}) : std::nullopt,
          .interpolation = view.interpolation,
          .transfer = makeTransferTable(view.transfer),
          .isoValue = view.isoValue,
          .attenuation = view.attenuation,
          .lighting = view.lighting,
          .pinnedLevel = view.pinnedLevel,
          .detail = DetailRule{.pixelsPerVoxel = view.pixelsPerVoxel},
          .planes =
              isSlice ? FrameVector<Plane>{} : FrameVector<Plane>(view.slices.planes.begin(), view.slices.planes.end()),
          .slab = view.slices.slab,
          .background = isSlice ? kSliceBackground : kVolumeBackground,
          .marksGhosts = demand == Demand::reached,
          .countsPixels = feedback_.countsPixels(),
          .tintsPixels = view.overlay == Overlay::resolution};
}

/// The same, with what depends on the wanted set and the scene.
DrawInput PictureDrawer::inputOf(const DrawnView& now, const ViewRegion& region) const {
  DrawInput input = lookOf(now.view, region.kind, now.demand);
  input.detail->bias = now.paged.pager().wanted().bias;
  if (region.kind == RegionKind::volume && now.view.layout == Layout::slices)
    for (const Plane& plane :
         slicePlanes(now.scene.images()[now.scene.guide()].worldFromVoxel, now.view.slices.pointWorld))
      input.planes.push_back(plane);
  return input;
}

bool PictureDrawer::prepare(const View& view, std::span<const ViewRegion> regions, std::size_t imageCount,
                            PageFormat format, Filtering filtering, Demand demand, Effort effort) {
  feedback_.countPixels(countsPixels(view, effort, false));
  return preparePipelines(view, regions, imageCount, format, filtering, demand);
}

bool PictureDrawer::preparePipelines(const View& view, std::span<const ViewRegion> regions, std::size_t imageCount,
                                     PageFormat format, Filtering filtering, Demand demand) {
  const Shows shows = imageCount == 1 ? Shows::oneImage : Shows::scene;
  bool ready = true;
  for (const ViewRegion& region : regions) {
    DrawInput input = lookOf(view, region.kind, demand);
    input.regions = {&region, 1};
    // The pipeline does not depend on where the planes lie.
    if (region.kind == RegionKind::volume && view.layout == Layout::slices) input.planes.emplace_back();
    ready &= renderer_.prepare(format, filtering, input, shows);
    // Feedback may begin in any frame.
    if (region.kind == RegionKind::volume && infoOf(view.mode).endsEarly && listens_) {
      input.marksGhosts = !input.marksGhosts;
      renderer_.prepare(format, filtering, input, shows);
    }
  }
  return ready;
}

/// Draws all images into regions of one kind.
void PictureDrawer::drawImages(gpu::Frame& frame, const DrawnView& now, Picture& target,
                               std::span<const ViewRegion> drawn, DrawInput common) {
  VolumeCache& cache = now.paged.cache();
  common.regions = drawn;
  feedback_.listen(frame, common, &target != &targets_.picture());
  if (now.scene.countWithPending() == 1)
    return renderer_.draw(frame, cache, target, inputFor(common, now, 0, drawn.front()));
  const std::size_t count = now.scene.images().size();
  FrameVector<DrawInput> inputs;
  inputs.reserve(count);
  for (std::size_t i = 0; i < count; ++i) inputs.push_back(inputFor(common, now, i, drawn.front()));
  renderer_.draw(frame, cache, target,
                 SceneInput{.images = inputs, .blend = now.view.blend, .guide = now.scene.guide()});
}

void PictureDrawer::drawVolume(gpu::Frame& frame, const DrawnView& now, Picture& target, const ViewRegion& region,
                               const PixelRect& rect, double scale, int jitterPicture) {
  DrawInput input = inputOf(now, region);
  input.onlyPx = rect;
  if (input.jitter) {
    input.jitter->picture = jitterPicture;
    input.jitter->buffers = &targets_.jitter();
    input.jitter->addsUp = &target == &targets_.picture();
  } else {
    targets_.dropJitter();
  }
  const std::size_t usedBefore = renderer_.pipelinesUsed();
  {
    const gpu::TimingScope timed(frame, kVolumeTiming);
    drawImages(frame, now, target, {&region, 1}, input);
  }
  work_.pixels += pixelCount(rect);
  work_.scale = scale;
  work_.whole = pixelCount(rect) == pixelCount(rectOf(region));
  work_.usesNewPipeline |= renderer_.pipelinesUsed() != usedBefore;
}

void PictureDrawer::drawSlices(gpu::Frame& frame, const DrawnView& now, const PixelRect& rect) {
  FrameVector<ViewRegion> slices;
  std::ranges::copy_if(now.regions, std::back_inserter(slices),
                       [](const auto& r) { return r.kind == RegionKind::slice; });
  if (slices.empty()) return;
  DrawInput input = inputOf(now, slices.front());
  input.onlyPx = rect;
  const gpu::TimingScope timed(frame, "slices");
  drawImages(frame, now, targets_.picture(), slices, input);
}

void PictureDrawer::drawLines(gpu::Frame& frame, const DrawnView& now, const PixelRect& rect) {
  const FrameVector<FrameVector<OverlayBrick>> bricks = findOverlayBricks(now.view, now.scene, now.paged.pager());
  FrameVector<RegionLines> all;
  for (const ViewRegion& region : now.regions) {
    if (isEmpty(intersect(rectOf(region), rect))) continue;
    RegionLines lines = makeRegionLines(now.view, now.scene, region, bricks);
    if (!lines.lines.empty()) all.push_back(std::move(lines));
  }
  if (all.empty()) return;
  const gpu::TimingScope timed(frame, "lines");
  renderer_.drawLines(frame, targets_.picture(), all, rect);
}

void PictureDrawer::beginView(const ivec2& sizePx, bool clears) {
  if (clears) targets_.forgetContent();
  targets_.resize(sizePx);
  firstImageDrawn_ = finalImageDrawn_ = false;
}

void PictureDrawer::beginFrame(const gpu::Frame& frame, Pager* pager) {
  for (const gpu::GpuTiming& timing : frame.previousTimings())
    if (timing.name == kVolumeTiming) pacer_.learn(timing.ms, workDone_[&frame]);
  work_ = {};
  feedback_.take(pager);
}

bool PictureDrawer::isSettled(const PagerFrame& paged, Effort effort) const {
  if (!paged.raysTell && !feedback_.countsPixels()) return true;
  return feedback_.pending() == 0 && (effort == Effort::complete || pacer_.sharp());
}

void PictureDrawer::tell(FrameReport& report, Effort effort, bool isEmpty) const {
  report.sharp = isEmpty || (effort == Effort::complete ? finalImageDrawn_ : pacer_.sharp() && !awaits());
  report.awaitsPipelines = awaitsPipelines_;
  report.awaitsFeedback = feedback_.pending() > 0;
}

void PictureDrawer::draw(gpu::Frame& frame, const DrawnView& now, bool viewChanged) {
  if (now.scene.empty()) {
    drawNothing(frame, viewChanged);
  } else {
    const PagerFrame& paged = now.paged.pager().frame();
    feedback_.countPixels(countsPixels(now.view, now.effort, paged.failed > 0));
    drawScene(frame, now, viewChanged);
    feedback_.close(frame, paged.raysTell);
  }
  workDone_[&frame] = work_;
}

void PictureDrawer::drawNothing(gpu::Frame& frame, bool viewChanged) {
  awaitsPipelines_ = awaitsContrast_ = false;
  if (targets_.takeNew()) renderer_.clear(frame, targets_.picture(), kSliceBackground);
  if (viewChanged) renderer_.clear(frame, targets_.picture(), kVolumeBackground);
  finalImageDrawn_ = true;
}

void PictureDrawer::drawScene(gpu::Frame& frame, const DrawnView& now, bool viewChanged) {
  const PagerFrame& paged = now.paged.pager().frame();
  // What is on the screen stays until contrast and pipelines are there. Then all is drawn anew.
  const bool changed = awaits() || viewChanged || paged.changed;
  awaitsPipelines_ = false;
  awaitsContrast_ = !now.contrast.isKnown();
  const bool morePeaks = now.peaks.showsMore(paged);
  if (paged.changed || morePeaks) tableHoldsWanted_ = false;
  if (now.effort == Effort::interactive) {
    const VolumeCache& cache = now.paged.cache();
    awaitsPipelines_ = (changed || morePeaks || !pacer_.sharp()) &&
                       !preparePipelines(now.view, now.regions, now.scene.countWithPending(), cache.format(),
                                         cache.filtering(), now.demand);
  }
  if (awaits()) {
    if (targets_.picture().isBlank()) renderer_.clear(frame, targets_.picture(), kSliceBackground);
    finalImageDrawn_ = false;
    return;
  }
  // Nothing is ever drawn between the panels.
  if (targets_.takeNew()) renderer_.clear(frame, targets_.picture(), kSliceBackground);
  if (now.effort == Effort::complete) return drawComplete(frame, now, changed, morePeaks);
  if (morePeaks) pacer_.sharpenAgain();
  drawInteractive(frame, now, changed, morePeaks);
}

void PictureDrawer::drawComplete(gpu::Frame& frame, const DrawnView& now, bool changed, bool morePeaks) {
  const PagerFrame& paged = now.paged.pager().frame();
  const bool complete = nothingMissing(paged) && now.scene.pending() == 0;
  const bool first = paged.coarsestComplete && now.scene.pending() == 0 && !firstImageDrawn_;
  if (!first && !(complete && (changed || morePeaks || !finalImageDrawn_))) return;
  PixelRect rect = now.part.value_or(PixelRect{ivec2(0), now.sizePx});
  useWantedBricks(frame, now);
  if (changed || morePeaks || jitterDrawn_ == 0) {
    jitterDrawn_ = 0;
    feedback_.beginPicture();
    drawSlices(frame, now, rect);
  } else {
    rect = intersect(rect, rectOf(now.regions.back()));
  }
  for (const ViewRegion& region : now.regions) {
    const PixelRect visible = intersect(rectOf(region), rect);
    if (region.kind == RegionKind::volume && !isEmpty(visible))
      drawVolume(frame, now, targets_.picture(), region, visible, 1.0, jitterDrawn_);
  }
  drawLines(frame, now, rect);
  firstImageDrawn_ = true;
  // One picture a frame: many together would take longer than some drivers allow a frame.
  finalImageDrawn_ = complete && ++jitterDrawn_ == jitterPictures(now);
  if (finalImageDrawn_ || !complete) jitterDrawn_ = 0;
}

void PictureDrawer::drawInteractive(gpu::Frame& frame, const DrawnView& now, bool changed, bool morePeaks) {
  const PagerFrame& paged = now.paged.pager().frame();
  // The last region of every layout is the one that may take long: the volume, or an oblique slice, which may be thick.
  const ViewRegion& volume = now.regions.back();
  const PixelRect whole{ivec2(0), now.sizePx};
  if (changed || morePeaks) feedback_.beginPicture();
  if (changed && now.regions.size() > 1) {
    useWantedBricks(frame, now);
    drawSlices(frame, now, whole);
  }
  // Bricks that the source has yet to make may take minutes: sharpening meanwhile is not in vain.
  const bool complete = paged.missing == paged.unmade && now.scene.pending() == 0;
  const PacedFrame paced = pacer_.plan(changed, complete, volume.sizePx.x, volume.sizePx.y, jitterPictures(now));
  if (paced.kind == PacedFrame::Kind::preview && paced.scale < 1.0) {
    drawPreview(frame, now, volume, paced.scale);
    drawLines(frame, now, whole);
  } else if (paced.kind == PacedFrame::Kind::preview) {
    useWantedBricks(frame, now);
    drawVolume(frame, now, targets_.picture(), volume, rectOf(volume), 1.0, 0);
    drawLines(frame, now, whole);
  } else if (paced.kind == PacedFrame::Kind::rows) {
    const PixelRect rows{volume.offsetPx + ivec2(0, paced.firstRow),
                         volume.offsetPx + ivec2(volume.sizePx.x, paced.endRow)};
    useWantedBricks(frame, now);
    drawVolume(frame, now, targets_.picture(), volume, rows, 1.0, paced.picture);
    drawLines(frame, now, rows);
  }
  finalImageDrawn_ = complete;
}

// Larger pixels ask for coarser bricks: those that a picture of that size would want. None of them is requested; most
// are there, as all ancestors of the view's own bricks are wanted.
void PictureDrawer::drawPreview(gpu::Frame& frame, const DrawnView& now, const ViewRegion& volume, double scale) {
  const ivec2 size = glm::max(ivec2(dvec2(volume.sizePx) * scale), ivec2(1));
  Picture& preview = targets_.preview(volume.sizePx, size);
  const ViewRegion region = resampleRegion(volume, ivec2(0), size);
  if (now.view.pinnedLevel) {
    useWantedBricks(frame, now);
  } else {
    const Pager& pager = now.paged.pager();
    const FrameVector<WantedImage> shown = wantedImages(now.scene.images());
    planWanted({.images = shown,
                .regions = {&region, 1},
                .pixelsPerVoxel = now.view.pixelsPerVoxel,
                .slotBudget = now.paged.cache().slotCount()},
               previewSet_);
    FrameVector<ResidentBrick> bricks;
    for (const WantedBrick& brick : previewSet_.bricks)
      if (const auto slot = pager.cache().find(brick.key)) bricks.push_back({brick.key, *slot});
    usePageTable(frame, now, withPeaks(bricks, pager.frame().peaks));
    tableHoldsWanted_ = false;
  }
  drawVolume(frame, now, preview, region, {ivec2(0), size}, scale, 0);
  scalePicture(frame, preview, targets_.picture(), rectOf(volume));
}

}  // namespace volary
