#include "paging/engine.h"

#include "base/error.h"
#include "paging/frame_pacer.h"
#include "paging/guide_lines.h"
#include "pyramid/level_transform.h"
#include "pyramid/overlap.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace volary {

namespace {

/// Where no voxel is: darker than a person takes for data, lighter than a black voxel in the slices.
constexpr vec4 kVolumeBackground(0.0f, 0.0f, 0.0f, 1.0f);
constexpr vec4 kSliceBackground(0.09f, 0.09f, 0.10f, 1.0f);

constexpr const char* kVolumeTiming = "volume";

PixelRect rectOf(const ViewRegion& region) { return {region.offsetPx, region.offsetPx + region.sizePx}; }

PixelRect intersection(const PixelRect& a, const PixelRect& b) {
  return {glm::max(a.begin, b.begin), glm::max(glm::min(a.end, b.end), glm::max(a.begin, b.begin))};
}

bool isEmpty(const PixelRect& rect) { return rect.begin.x >= rect.end.x || rect.begin.y >= rect.end.y; }

double pixelCount(const PixelRect& rect) { return double(rect.end.x - rect.begin.x) * (rect.end.y - rect.begin.y); }

}  // namespace

struct Engine::State {
  State(gpu::Device& d, Source& s, const EngineSettings& e) : device(d), source(s), settings(e), renderer(d) {}

  bool adoptView(const View& newView, const ivec2& newSizePx, const std::optional<PixelRect>& newPart);
  void openCache(PageFormat format);
  void plan();
  void page(gpu::Frame& frame);
  void draw(gpu::Frame& frame, bool viewChanged, Effort effort);
  void drawInteractive(gpu::Frame& frame, bool changed);
  void drawPreview(gpu::Frame& frame, const ViewRegion& volume, double scale);
  void usePageTable(gpu::Frame& frame, std::span<const ResidentBrick> bricks);
  void useWantedBricks(gpu::Frame& frame);
  void drawVolume(gpu::Frame& frame, Picture& target, const ViewRegion& region, const PixelRect& rect,
                  double scale = 1.0);
  void drawSlices(gpu::Frame& frame, const PixelRect& rect);
  std::vector<OverlayBrick> overlayBricks() const;
  void drawLines(gpu::Frame& frame, const PixelRect& rect);
  DrawInput drawInput() const;
  void fillReport(Effort effort);

  gpu::Device& device;
  Source& source;
  EngineSettings settings;
  Renderer renderer;
  std::unique_ptr<VolumeCache> cache;
  std::unique_ptr<Pager> pager;
  std::unique_ptr<Picture> picture;
  bool pictureIsNew = false;
  std::unique_ptr<Picture> preview;  // the volume region with fewer pixels

  // The view that is being drawn, and what follows from it.
  std::optional<View> view;
  ivec2 sizePx{0};
  std::optional<PixelRect> part;
  ImageId image;
  const ImagePyramid* pyramid = nullptr;  // null: the dataset has no such image
  dmat4 worldFromVoxelOfImage{1.0};
  std::vector<ViewRegion> regions;

  const PagerFrame* paged = nullptr;
  bool tableHoldsWanted = false;  // the GPU's page table is that of paged->resident
  FramePacer pacer;
  bool firstImageDrawn = false;
  bool finalImageDrawn = false;
  std::unordered_map<const gpu::Frame*, double> volumeWorkDone;  // by the frame that last used this slot of the ring
  double volumeWork = 0.0;                                       // in the frame that is being recorded
  std::uint64_t bytesUploaded = 0;
  FrameReport report;
};

bool Engine::State::adoptView(const View& newView, const ivec2& newSizePx, const std::optional<PixelRect>& newPart) {
  if (view == newView && sizePx == newSizePx && part == newPart) return false;

  // Look up the image before anything changes: an Error leaves the engine as it was.
  const Dataset& dataset = source.dataset();
  const ImageId newImage{findSetupIndex(dataset, newView.setup), findTimepointIndex(dataset, newView.timepoint)};
  const bool present = dataset.setups[static_cast<std::size_t>(newImage.setup)]
                           .present[static_cast<std::size_t>(newImage.timepoint)];
  const ImagePyramid* newPyramid = present ? &source.pyramid(newImage) : nullptr;
  if (newPyramid && newView.pinnedLevel &&
      (*newView.pinnedLevel < 0 || *newView.pinnedLevel >= int(newPyramid->levels.size())))
    fail("{}: there is no level {}; the levels are 0 to {}", dataset.file.string(), *newView.pinnedLevel,
         newPyramid->levels.size() - 1);

  // Between the panels nothing is drawn: what another layout left there has to go.
  if (view && view->layout != newView.layout) pictureIsNew = true;
  view = newView;
  sizePx = newSizePx;
  part = newPart;
  image = newImage;
  pyramid = newPyramid;
  if (pyramid) {
    worldFromVoxelOfImage = worldFromVoxel(*view, dataset, *pyramid, image);
    openCache(pageFormat(pyramid->voxelType));
  }
  regions = makeRegions(*view, worldFromVoxelOfImage, sizePx);
  if (!picture || picture->sizePx() != sizePx) {
    if (picture) device.retire(std::move(picture));
    picture = std::make_unique<Picture>(device, sizePx);
    pictureIsNew = true;
  }
  plan();
  firstImageDrawn = finalImageDrawn = false;
  return true;
}

void Engine::State::openCache(PageFormat format) {
  if (cache && cache->format() == format) return;
  pager.reset();
  if (cache) device.retire(std::move(cache));
  cache = std::make_unique<VolumeCache>(device, format, settings.pageCacheBytes);
  tableHoldsWanted = false;
  pager = std::make_unique<Pager>(source, settings.loader, cache->slotCount());
}

void Engine::State::plan() {
  if (!pyramid) return;
  std::vector<ViewRegion> planned;
  for (const ViewRegion& region : regions) {
    const PixelRect rect = part ? intersection(rectOf(region), *part) : rectOf(region);
    if (!isEmpty(rect)) planned.push_back(cropRegion(region, rect.begin - region.offsetPx, rect.end - region.offsetPx));
  }
  const WantedInput input{.image = image,
                          .pyramid = pyramid,
                          .worldFromVoxel = worldFromVoxelOfImage,
                          .regions = planned,
                          .pinnedLevel = view->pinnedLevel,
                          .pixelsPerVoxel = view->pixelsPerVoxel,
                          .slotBudget = cache->slotCount(),
                          .previousBias = pager->wanted().bias};
  pager->setWanted(*pyramid, planWanted(input));
}

void Engine::State::page(gpu::Frame& frame) {
  const std::size_t brickBytes = kPaddedBrickVoxels * pageVoxelBytes(cache->format());
  const std::size_t maxUploads = std::max<std::size_t>(1, settings.uploadBytesPerFrame / brickBytes);
  paged = &pager->update(maxUploads);
  if (!paged->uploads.empty()) {
    std::vector<SlotUpload> uploads;
    for (const BrickUpload& upload : paged->uploads) uploads.push_back({upload.slot, upload.voxels});
    cache->upload(frame, uploads);
    bytesUploaded += paged->uploads.size() * brickBytes;
  }
  if (paged->changed) tableHoldsWanted = false;
}

void Engine::State::usePageTable(gpu::Frame& frame, std::span<const ResidentBrick> bricks) {
  const PageTableImage tableImage{image, pyramid};
  cache->setPageTable(frame, makePageTable({&tableImage, 1}, bricks));
}

void Engine::State::useWantedBricks(gpu::Frame& frame) {
  if (tableHoldsWanted) return;
  usePageTable(frame, paged->resident);
  tableHoldsWanted = true;
}

DrawInput Engine::State::drawInput() const {
  const Setup& setup = source.dataset().setups[static_cast<std::size_t>(image.setup)];
  return {.worldFromVoxel = worldFromVoxelOfImage,
          .pyramid = pyramid,
          .valueFromTexel = valueFromTexel(pyramid->voxelType),
          .range = effectiveRange(*view, setup, pyramid->voxelType),
          .mode = view->mode,
          .interpolation = view->interpolation,
          .transfer = makeTransferTable(view->transfer),
          .pinnedLevel = view->pinnedLevel};
}

void Engine::State::drawVolume(gpu::Frame& frame, Picture& target, const ViewRegion& region, const PixelRect& rect,
                               double scale) {
  DrawInput input = drawInput();
  input.regions = {&region, 1};
  input.background = kVolumeBackground;
  if (view->layout == Layout::slices) input.planesPointWorld = view->slices.pointWorld;
  input.onlyPx = rect;
  frame.beginTiming(kVolumeTiming);
  renderer.draw(frame, *cache, target, input);
  frame.endTiming();
  volumeWork += FramePacer::workOf(pixelCount(rect), scale);
}

void Engine::State::drawSlices(gpu::Frame& frame, const PixelRect& rect) {
  std::vector<ViewRegion> slices;
  std::ranges::copy_if(regions, std::back_inserter(slices), [](const auto& r) { return r.kind == RegionKind::slice; });
  if (slices.empty()) return;
  DrawInput input = drawInput();
  input.regions = slices;
  input.background = kSliceBackground;
  input.onlyPx = rect;
  renderer.draw(frame, *cache, *picture, input);
}

// What the overlay outlines: the bricks that are shown or would be. An ancestor is shown too where another region wants
// finer bricks of it than this one.
std::vector<OverlayBrick> Engine::State::overlayBricks() const {
  std::vector<OverlayBrick> bricks;
  if (view->overlay != Overlay::residency) return bricks;
  const auto& wanted = pager->wanted().bricks;
  std::unordered_set<BrickKey> keys;
  for (const WantedBrick& brick : wanted) keys.insert(brick.key);
  const auto isHiddenByFiner = [&](const BrickKey& key) {
    if (view->pinnedLevel) return key.level != *view->pinnedLevel;
    if (key.level == 0) return false;
    const std::vector<LevelInfo>& levels = pyramid->levels;
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
      bricks.push_back({key.level, key.brick, paged->states[i]});
  }
  return bricks;
}

void Engine::State::drawLines(gpu::Frame& frame, const PixelRect& rect) {
  const std::vector<OverlayBrick> bricks = overlayBricks();
  std::vector<RegionLines> all;
  for (const ViewRegion& region : regions) {
    if (isEmpty(intersection(rectOf(region), rect))) continue;
    RegionLines lines{region, makeBrickLines(region, *pyramid, worldFromVoxelOfImage, bricks)};
    const auto guides = makeGuideLines(region, *view, *pyramid, worldFromVoxelOfImage);
    lines.lines.insert(lines.lines.end(), guides.begin(), guides.end());
    if (!lines.lines.empty()) all.push_back(std::move(lines));
  }
  if (!all.empty()) renderer.drawLines(frame, *picture, all, rect);
}

void Engine::State::draw(gpu::Frame& frame, bool viewChanged, Effort effort) {
  // Between the panels nothing is ever drawn.
  if (std::exchange(pictureIsNew, false)) renderer.clear(frame, *picture, kSliceBackground);
  if (!pyramid) {
    if (viewChanged) renderer.clear(frame, *picture, kVolumeBackground);
    finalImageDrawn = true;
    return;
  }
  if (effort == Effort::interactive) return drawInteractive(frame, viewChanged || paged->changed);

  const bool complete = paged->missing == 0;
  const bool first = paged->coarsestComplete && !firstImageDrawn;
  if (!first && !(complete && (paged->changed || !finalImageDrawn))) return;
  const PixelRect rect = part.value_or(PixelRect{ivec2(0), sizePx});
  useWantedBricks(frame);
  drawSlices(frame, rect);
  for (const ViewRegion& region : regions) {
    const PixelRect visible = intersection(rectOf(region), rect);
    if (region.kind == RegionKind::volume && !isEmpty(visible)) drawVolume(frame, *picture, region, visible);
  }
  drawLines(frame, rect);
  firstImageDrawn = true;
  finalImageDrawn = complete;
}

void Engine::State::drawInteractive(gpu::Frame& frame, bool changed) {
  // The volume region is the last one of every layout.
  const ViewRegion& volume = regions.back();
  const PixelRect whole{ivec2(0), sizePx};
  if (changed && regions.size() > 1) {
    useWantedBricks(frame);
    drawSlices(frame, whole);
  }
  const bool complete = paged->missing == 0;
  const PacedFrame paced = pacer.plan(changed, complete, volume.sizePx.x, volume.sizePx.y);
  if (paced.kind == PacedFrame::Kind::preview && paced.scale < 1.0) {
    drawPreview(frame, volume, paced.scale);
    drawLines(frame, whole);
  } else if (paced.kind == PacedFrame::Kind::preview) {
    useWantedBricks(frame);
    drawVolume(frame, *picture, volume, rectOf(volume));
    drawLines(frame, whole);
  } else if (paced.kind == PacedFrame::Kind::rows) {
    const PixelRect rows{volume.offsetPx + ivec2(0, paced.firstRow),
                         volume.offsetPx + ivec2(volume.sizePx.x, paced.endRow)};
    useWantedBricks(frame);
    drawVolume(frame, *picture, volume, rows);
    drawLines(frame, rows);
  }
  finalImageDrawn = complete;
}

// Larger pixels ask for coarser bricks: what a picture of that size would want, of which nothing is requested. As all
// ancestors of the view's own bricks are wanted, it is mostly there.
void Engine::State::drawPreview(gpu::Frame& frame, const ViewRegion& volume, double scale) {
  const ivec2 size = glm::max(ivec2(dvec2(volume.sizePx) * scale), ivec2(1));
  if (!preview || preview->sizePx() != size) {
    if (preview) device.retire(std::move(preview));
    preview = std::make_unique<Picture>(device, size);
  }
  const ViewRegion region = resampleRegion(volume, ivec2(0), size);
  if (view->pinnedLevel) {
    useWantedBricks(frame);
  } else {
    const WantedSet enough = planWanted({.image = image,
                                         .pyramid = pyramid,
                                         .worldFromVoxel = worldFromVoxelOfImage,
                                         .regions = {&region, 1},
                                         .pixelsPerVoxel = view->pixelsPerVoxel,
                                         .slotBudget = cache->slotCount()});
    std::vector<ResidentBrick> bricks;
    for (const WantedBrick& brick : enough.bricks)
      if (const auto slot = pager->cache().find(brick.key)) bricks.push_back({brick.key, *slot});
    usePageTable(frame, bricks);
    tableHoldsWanted = false;
  }
  drawVolume(frame, *preview, region, {ivec2(0), size}, scale);
  scalePicture(frame, *preview, *picture, rectOf(volume));
}

void Engine::State::fillReport(Effort effort) {
  report.imagePresent = pyramid != nullptr;
  report.sharp = !pyramid || (effort == Effort::complete ? finalImageDrawn : pacer.sharp());
  report.newErrors.clear();
  if (!pyramid) {
    report.converged = true;
    report.fractionComplete = 1.0;
    return;
  }
  const WantedSet& wanted = pager->wanted();
  report.converged = paged->missing == 0 && finalImageDrawn;
  report.fractionComplete =
      wanted.bricks.empty() ? 1.0 : double(paged->resident.size()) / double(wanted.bricks.size());
  report.lodBias = wanted.bias;
  report.levels = paged->levels;
  report.shownPerLevel.assign(pyramid->levels.size(), 0);
  for (std::size_t i = 0; i < wanted.bricks.size(); ++i)
    if (wanted.bricks[i].leaf && paged->states[i] == BrickState::resident)
      ++report.shownPerLevel[static_cast<std::size_t>(wanted.bricks[i].key.level)];
  report.slots = pager->cache().slotCount();
  report.slotsUsed = pager->cache().usedCount();
  report.pageHits = pager->hits();
  report.pageMisses = pager->misses();
  report.evictions = pager->cache().evictions();
  report.bytesUploaded = bytesUploaded;
  report.pageCacheBytes = cache->bytes();
  report.loader = pager->loaderStats();
  report.newErrors = paged->newErrors;
}

Engine::Engine(gpu::Device& device, Source& source, const EngineSettings& settings)
    : state_(std::make_unique<State>(device, source, settings)) {}

Engine::~Engine() { state_->device.waitIdle(); }

const FrameReport& Engine::drawFrame(gpu::Frame& frame, const View& view, const ivec2& sizePx, Effort effort,
                                     const std::optional<PixelRect>& part) {
  State& state = *state_;
  for (const gpu::GpuTiming& timing : frame.previousTimings())
    if (timing.name == kVolumeTiming) {
      state.pacer.learn(timing.ms, state.volumeWorkDone[&frame]);
      state.report.volumeGpuMs = timing.ms;
    }
  state.volumeWork = 0.0;

  const bool viewChanged = state.adoptView(view, sizePx, part);
  if (state.pyramid) state.page(frame);
  state.draw(frame, viewChanged, effort);
  state.volumeWorkDone[&frame] = state.volumeWork;
  state.fillReport(effort);
  return state.report;
}

Picture& Engine::picture() { return *state_->picture; }

const WantedSet& Engine::wanted() const { return state_->pager->wanted(); }

const std::vector<BrickState>& Engine::brickStates() const { return state_->paged->states; }

void Engine::waitForBrick(std::chrono::milliseconds timeout) {
  if (state_->pager) state_->pager->waitForBrick(timeout);
}

void Engine::retryFailed() {
  if (state_->pager) state_->pager->retryFailed();
}

}  // namespace volary
