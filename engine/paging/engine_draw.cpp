#include "paging/engine_state.h"
#include "paging/guide_lines.h"
#include "pyramid/level_transform.h"
#include "pyramid/overlap.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace volary {

namespace {

/// Where no voxel is. In the slices lighter than a black voxel, so that the image's edge is seen.
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

/// Samples a voxel that leave no rings: as many as a level-0 voxel has pixels at the volume's middle. Coarser levels
/// are shown where their voxels are no larger than a pixel.
int samplesPerVoxel(const ViewRegion& region, const ImagePyramid& pyramid, const dmat4& worldFromVoxel) {
  constexpr double kMost = 3.0;  // more costs time and is not seen
  const dvec3 factor = pyramid.levels.front().factor;
  const double edgeWorld =
      std::min({factor.x * glm::length(dvec3(worldFromVoxel[0])), factor.y * glm::length(dvec3(worldFromVoxel[1])),
                factor.z * glm::length(dvec3(worldFromVoxel[2]))});
  const double pixels = edgeWorld * pixelsPerWorld(region, worldBox(pyramid, worldFromVoxel).centre());
  return int(std::lround(std::clamp(pixels, 1.0, kMost)));
}

}  // namespace

void Engine::State::usePageTable(gpu::Frame& frame, std::span<const ResidentBrick> bricks) {
  const std::span<const BrickKey> ghosts =
      hasGhosts() ? std::span<const BrickKey>(paged->ghosts) : std::span<const BrickKey>();
  const PageTable table = makePageTable(tableImages, bricks, ghosts);
  // Two tables of one frame have the same ones.
  if (!tableGhosts || !std::ranges::equal(*tableGhosts, ghosts)) tableGhosts = keepGhosts(ghosts);
  tableEntries = table.entries.size();
  cache->setPageTable(frame, table);
}

/// In memory of a list that no frame in flight refers to any more.
std::shared_ptr<const std::vector<BrickKey>> Engine::State::keepGhosts(std::span<const BrickKey> ghosts) {
  tableGhosts.reset();
  auto unused = std::ranges::find_if(ghostLists, [](const auto& list) { return list.use_count() == 1; });
  if (unused == ghostLists.end()) unused = ghostLists.insert(unused, std::make_shared<std::vector<BrickKey>>());
  (*unused)->assign(ghosts.begin(), ghosts.end());
  return *unused;
}

void Engine::State::useWantedBricks(gpu::Frame& frame) {
  if (tableHoldsWanted) return;
  usePageTable(frame, withPeaks(paged->resident, paged->peaks));
  peaksShown = paged->peaks.size();
  tableHoldsWanted = true;
}

std::size_t Engine::State::tableIndex(ImageId image) const {
  const auto found = std::ranges::lower_bound(tableImages, image, {}, &PageTableImage::image);
  return static_cast<std::size_t>(found - tableImages.begin());
}

/// What all images have in common, by what a view says.
DrawInput Engine::State::lookOf(const View& shown, RegionKind kind) const {
  const bool isSlice = kind == RegionKind::slice;
  return {.mode = isSlice ? modeOf(shown.slices.slab) : shown.mode,
          .jitter = !isSlice && jitters(shown) ? std::optional(Jitter{.pictures = shown.jitter}) : std::nullopt,
          .interpolation = shown.interpolation,
          .transfer = makeTransferTable(shown.transfer),
          .isoValue = shown.isoValue,
          .attenuation = shown.attenuation,
          .lighting = shown.lighting,
          .pinnedLevel = shown.pinnedLevel,
          .detail = DetailRule{.pixelsPerVoxel = shown.pixelsPerVoxel},
          .planes = isSlice ? FrameVector<Plane>{}
                            : FrameVector<Plane>(shown.slices.planes.begin(), shown.slices.planes.end()),
          .slab = shown.slices.slab,
          .background = isSlice ? kSliceBackground : kVolumeBackground,
          .marksGhosts = demand == Demand::reached,
          .countsPixels = countsPixels,
          .tintsPixels = shown.overlay == Overlay::resolution};
}

/// And by what is there.
DrawInput Engine::State::inputOf(const ViewRegion& region) const {
  DrawInput input = lookOf(*view, region.kind);
  input.detail->bias = pager->wanted().bias;
  if (region.kind == RegionKind::volume && view->layout == Layout::slices)
    for (const Plane& plane : slicePlanes(guidingImage().worldFromVoxel, view->slices.pointWorld))
      input.planes.push_back(plane);
  return input;
}

/// Begins to make what draws a view; true if all of it is there.
bool Engine::State::preparePipelines(const View& shown, std::span<const ViewRegion> itsRegions, std::size_t imageCount,
                                     PageFormat format, Filtering filtering) {
  const Shows shows = imageCount == 1 ? Shows::oneImage : Shows::scene;
  bool ready = true;
  for (const ViewRegion& region : itsRegions) {
    DrawInput input = lookOf(shown, region.kind);
    input.regions = {&region, 1};
    // Where the planes lie makes no other pipeline.
    if (region.kind == RegionKind::volume && shown.layout == Layout::slices) input.planes.emplace_back();
    ready &= renderer.prepare(format, filtering, input, shows);
    // Rays may begin to tell in any frame: see chooseDemand().
    if (region.kind == RegionKind::volume && infoOf(shown.mode).endsEarly && listens()) {
      input.marksGhosts = !input.marksGhosts;
      renderer.prepare(format, filtering, input, shows);
    }
  }
  return ready;
}

bool Engine::State::prepare(const View& next, const ivec2& nextSizePx, Effort effort) {
  const Dataset& dataset = source.dataset();
  const ImageId image{findSetupIndex(dataset, next.setup), findTimepointIndex(dataset, next.timepoint)};
  const FrameVector<ImageId> shown = shownImages(next, dataset);
  if (std::ranges::find(shown, image) == shown.end()) return true;
  // The others are likely to have voxels of the same type; their metadata is not waited for.
  const ImagePyramid& pyramid = source.pyramid(image);
  const PageFormat format = pageFormat(pyramid.voxelType);
  chooseTelling(next, effort, false);
  return preparePipelines(next, makeRegions(next, worldFromVoxel(next, dataset, pyramid, image), nextSizePx),
                          shown.size(), format, chooseFiltering(device, format));
}

DrawInput Engine::State::inputFor(DrawInput common, const SceneImage& image, const ViewRegion& region) const {
  const int levels = static_cast<int>(image.pyramid->levels.size());
  common.worldFromVoxel = image.worldFromVoxel;
  common.pyramid = image.pyramid;
  common.imageIndex = static_cast<std::uint32_t>(tableIndex(image.id));
  common.valueFromTexel = valueFromTexel(image.pyramid->voxelType);
  common.range = rangeOf(image);
  common.colour = image.look.colour;
  if (common.pinnedLevel) common.pinnedLevel = std::min(*common.pinnedLevel, levels - 1);
  if (region.kind == RegionKind::volume)
    common.samplesPerVoxel = view->samplesPerVoxel.value_or(
        common.jitter ? 1 : samplesPerVoxel(region, *image.pyramid, image.worldFromVoxel));
  return common;
}

/// Draws all images into regions of one kind.
void Engine::State::drawImages(gpu::Frame& frame, Picture& target, std::span<const ViewRegion> drawn,
                               DrawInput common) {
  common.regions = drawn;
  tellIn(frame, common, target);
  if (imageCount() == 1) return renderer.draw(frame, *cache, target, inputFor(common, images.front(), drawn.front()));
  FrameVector<DrawInput> inputs;
  inputs.reserve(images.size());
  for (const SceneImage& image : images) inputs.push_back(inputFor(common, image, drawn.front()));
  const auto guide = static_cast<std::size_t>(&guidingImage() - images.data());
  renderer.draw(frame, *cache, target, SceneInput{.images = inputs, .blend = view->blend, .guide = guide});
}

void Engine::State::drawVolume(gpu::Frame& frame, Picture& target, const ViewRegion& region, const PixelRect& rect,
                               double scale, int jitterPicture) {
  DrawInput input = inputOf(region);
  input.onlyPx = rect;
  if (jitter && (!input.jitter || jitter->sizePx() != sizePx)) device.retire(std::move(jitter));
  if (input.jitter) {
    if (!jitter) jitter = std::make_unique<JitterBuffers>(device, sizePx);
    input.jitter->picture = jitterPicture;
    input.jitter->buffers = jitter.get();
    input.jitter->addsUp = &target == picture.get();
  }
  const std::size_t usedBefore = renderer.pipelinesUsed();
  {
    const gpu::TimingScope timed(frame, kVolumeTiming);
    drawImages(frame, target, {&region, 1}, input);
  }
  volumeWork.pixels += pixelCount(rect);
  volumeWork.scale = scale;
  volumeWork.whole = pixelCount(rect) == pixelCount(rectOf(region));
  volumeWork.usesNewPipeline |= renderer.pipelinesUsed() != usedBefore;
}

void Engine::State::drawSlices(gpu::Frame& frame, const PixelRect& rect) {
  FrameVector<ViewRegion> slices;
  std::ranges::copy_if(regions, std::back_inserter(slices), [](const auto& r) { return r.kind == RegionKind::slice; });
  if (slices.empty()) return;
  DrawInput input = inputOf(slices.front());
  input.onlyPx = rect;
  const gpu::TimingScope timed(frame, "slices");
  drawImages(frame, *picture, slices, input);
}

/// How many pictures there are whose mean the volume's region shows, which is the last one.
int Engine::State::jitterPictures() const {
  return jitters(*view) && regions.back().kind == RegionKind::volume ? view->jitter : 1;
}

// What the overlay outlines, by index in tableImages: the bricks that are shown or would be. An ancestor is shown too
// where another region wants finer bricks of it than this one.
FrameVector<FrameVector<OverlayBrick>> Engine::State::overlayBricks() const {
  FrameVector<FrameVector<OverlayBrick>> bricks(tableImages.size());
  if (view->overlay != Overlay::residency) return bricks;
  const auto& wanted = pager->wanted().bricks;
  FrameBrickSet keys;
  for (const WantedBrick& brick : wanted) keys.insert(brick.key);
  const auto isHiddenByFiner = [&](const BrickKey& key) {
    const std::vector<LevelInfo>& levels = tableImages[tableIndex(key.image)].pyramid->levels;
    if (view->pinnedLevel) return key.level != std::min(*view->pinnedLevel, static_cast<int>(levels.size()) - 1);
    if (key.level == 0) return false;
    const auto level = static_cast<std::size_t>(key.level);
    const BrickRange finer = overlappingBricks(levels[level], key.brick, levels[level - 1]);
    ivec3 b;
    for (b.z = finer.begin.z; b.z < finer.end.z; ++b.z)
      for (b.y = finer.begin.y; b.y < finer.end.y; ++b.y)
        for (b.x = finer.begin.x; b.x < finer.end.x; ++b.x)
          if (!keys.contains({.image = key.image, .level = key.level - 1, .brick = b})) return false;
    return true;
  };
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const BrickKey& key = wanted[i].key;
    if (wanted[i].leaf || paged->states[i] != BrickState::resident || !isHiddenByFiner(key))
      bricks[tableIndex(key.image)].push_back({key.level, key.brick, paged->states[i]});
  }
  return bricks;
}

// The one whose planes the slices are: the current one, or the first if that is not shown.
const SceneImage& Engine::State::guidingImage() const {
  const auto found = std::ranges::find(images, current, &SceneImage::id);
  return found != images.end() ? *found : images.front();
}

void Engine::State::drawLines(gpu::Frame& frame, const PixelRect& rect) {
  const FrameVector<FrameVector<OverlayBrick>> bricks = overlayBricks();
  FrameVector<RegionLines> all;
  for (const ViewRegion& region : regions) {
    if (isEmpty(intersect(rectOf(region), rect))) continue;
    RegionLines lines{region, {}};
    const auto add = [&](const FrameVector<OverlayLine>& more) {
      lines.lines.insert(lines.lines.end(), more.begin(), more.end());
    };
    for (const SceneImage& image : images) {
      add(makeBrickLines(region, *image.pyramid, image.worldFromVoxel, bricks[tableIndex(image.id)]));
      if (image.id == guidingImage().id) {
        add(makePlaneLines(region, view->slices.planes, *image.pyramid, image.worldFromVoxel));
        add(makeGuideLines(region, *view, *image.pyramid, image.worldFromVoxel));
      } else if (view->showBox && region.kind == RegionKind::volume)
        add(makeBoxLines(*image.pyramid, image.worldFromVoxel));
    }
    add(makeClipLines(region, view->clip));
    if (!lines.lines.empty()) all.push_back(std::move(lines));
  }
  if (all.empty()) return;
  const gpu::TimingScope timed(frame, "lines");
  renderer.drawLines(frame, *picture, all, rect);
}

void Engine::State::draw(gpu::Frame& frame, bool viewChanged, Effort effort) {
  // What is on the screen stays until the driver is done. Then all is drawn anew.
  bool changed = viewChanged || std::exchange(awaitsPipelines, false);
  if (!images.empty()) changed |= paged->changed;
  const bool morePeaks = !images.empty() && showsMorePeaks();
  if (morePeaks) tableHoldsWanted = false;
  if (effort == Effort::interactive && !images.empty()) {
    awaitsPipelines = (changed || morePeaks || !pacer.sharp()) &&
                      !preparePipelines(*view, regions, imageCount(), cache->format(), cache->filtering());
    if (awaitsPipelines) {
      if (picture->isBlank()) renderer.clear(frame, *picture, kSliceBackground);
      finalImageDrawn = false;
      return;
    }
  }
  // Between the panels nothing is ever drawn.
  if (std::exchange(pictureIsNew, false)) renderer.clear(frame, *picture, kSliceBackground);
  if (images.empty()) {
    if (viewChanged) renderer.clear(frame, *picture, kVolumeBackground);
    finalImageDrawn = true;
    return;
  }
  if (effort == Effort::interactive) {
    if (morePeaks) pacer.sharpenAgain();
    return drawInteractive(frame, changed, morePeaks);
  }

  const bool complete = nothingMissing() && imagesPending == 0;
  const bool first = paged->coarsestComplete && imagesPending == 0 && !firstImageDrawn;
  if (!first && !(complete && (changed || morePeaks || !finalImageDrawn))) return;
  PixelRect rect = part.value_or(PixelRect{ivec2(0), sizePx});
  useWantedBricks(frame);
  if (changed || morePeaks || jitterDrawn == 0) {
    jitterDrawn = 0;
    beginPicture();
    drawSlices(frame, rect);
  } else {
    rect = intersect(rect, rectOf(regions.back()));
  }
  for (const ViewRegion& region : regions) {
    const PixelRect visible = intersect(rectOf(region), rect);
    if (region.kind == RegionKind::volume && !isEmpty(visible))
      drawVolume(frame, *picture, region, visible, 1.0, jitterDrawn);
  }
  drawLines(frame, rect);
  firstImageDrawn = true;
  // One picture a frame: what many take together is more than some drivers let a frame take.
  finalImageDrawn = complete && ++jitterDrawn == jitterPictures();
  if (finalImageDrawn || !complete) jitterDrawn = 0;
}

void Engine::State::drawInteractive(gpu::Frame& frame, bool changed, bool morePeaks) {
  // The last region of every layout is the one that may take long: the volume, or an oblique slice, which may be thick.
  const ViewRegion& volume = regions.back();
  const PixelRect whole{ivec2(0), sizePx};
  if (changed || morePeaks) beginPicture();
  if (changed && regions.size() > 1) {
    useWantedBricks(frame);
    drawSlices(frame, whole);
  }
  // What the source has yet to make may take minutes: sharpening is not in vain until then.
  const bool complete = paged->missing == paged->unmade && imagesPending == 0;
  const PacedFrame paced = pacer.plan(changed, complete, volume.sizePx.x, volume.sizePx.y, jitterPictures());
  if (paced.kind == PacedFrame::Kind::preview && paced.scale < 1.0) {
    drawPreview(frame, volume, paced.scale);
    drawLines(frame, whole);
  } else if (paced.kind == PacedFrame::Kind::preview) {
    useWantedBricks(frame);
    drawVolume(frame, *picture, volume, rectOf(volume), 1.0, 0);
    drawLines(frame, whole);
  } else if (paced.kind == PacedFrame::Kind::rows) {
    const PixelRect rows{volume.offsetPx + ivec2(0, paced.firstRow),
                         volume.offsetPx + ivec2(volume.sizePx.x, paced.endRow)};
    useWantedBricks(frame);
    drawVolume(frame, *picture, volume, rows, 1.0, paced.picture);
    drawLines(frame, rows);
  }
  finalImageDrawn = complete;
}

// A pacer that goes from one number of pixels to another and back makes no new pictures.
Picture& Engine::State::previewWith(const ViewRegion& volume, const ivec2& size) {
  if (std::exchange(previewedPx, volume.sizePx) != volume.sizePx) {
    for (std::unique_ptr<Picture>& one : previews) device.retire(std::move(one));
    previews.clear();
  }
  const auto isThat = [&](const auto& one) { return one->sizePx() == size; };
  auto found = std::ranges::find_if(previews, isThat);
  if (found == previews.end()) found = previews.insert(found, std::make_unique<Picture>(device, size));
  return **found;
}

// Larger pixels ask for coarser bricks: what a picture of that size would want, of which nothing is requested. As all
// ancestors of the view's own bricks are wanted, it is mostly there.
void Engine::State::drawPreview(gpu::Frame& frame, const ViewRegion& volume, double scale) {
  const ivec2 size = glm::max(ivec2(dvec2(volume.sizePx) * scale), ivec2(1));
  Picture& preview = previewWith(volume, size);
  const ViewRegion region = resampleRegion(volume, ivec2(0), size);
  if (view->pinnedLevel) {
    useWantedBricks(frame);
  } else {
    const FrameVector<WantedImage> shown = wantedImages(images);
    planWanted({.images = shown,
                .regions = {&region, 1},
                .pixelsPerVoxel = view->pixelsPerVoxel,
                .slotBudget = cache->slotCount()},
               otherSet);
    FrameVector<ResidentBrick> bricks;
    for (const WantedBrick& brick : otherSet.bricks)
      if (const auto slot = pager->cache().find(brick.key)) bricks.push_back({brick.key, *slot});
    usePageTable(frame, withPeaks(bricks, paged->peaks));
    tableHoldsWanted = false;
  }
  drawVolume(frame, preview, region, {ivec2(0), size}, scale, 0);
  scalePicture(frame, preview, *picture, rectOf(volume));
}

}  // namespace volary
