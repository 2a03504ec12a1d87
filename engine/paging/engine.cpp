#include "paging/engine.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/log.h"
#include "gpu/check.h"
#include "paging/engine_state.h"
#include "paging/slice_planes.h"
#include "pyramid/level_transform.h"
#include "streaming/chunk_cache.h"

#include <algorithm>
#include <utility>

namespace volary {

namespace {

/// How the voxels of all images stand in the page cache: as the widest ones need it.
PageFormat findPageFormat(std::span<const SceneImage> images) {
  PageFormat format = PageFormat::r8;
  for (const SceneImage& image : images) format = std::max(format, pageFormat(image.pyramid->voxelType));
  return format;
}

/// Of bricks of a voxel type that needs less than the widest.
void widenTo(PageFormat format, LoadedBrick& brick) {
  if (brick.format == format || brick.voxels.empty()) return;
  brick.voxels = widenPage(brick.voxels, brick.format, format);
  brick.cells = widenPage(brick.cells, brick.format, format);
  brick.format = format;
}

}  // namespace

bool Engine::State::adoptView(const View& newView, const ivec2& newSizePx, const std::optional<PixelRect>& newPart) {
  const std::size_t pyramidsNow = pyramids.finishedCount();
  const bool morePyramids = std::exchange(pyramidsSeen, pyramidsNow) != pyramidsNow;
  if (morePyramids) ahead.restart();
  const bool levelsChanged =
      std::ranges::any_of(images, [&](const SceneImage& image) { return &source.pyramid(image.id) != image.pyramid; });
  const bool imagesChanged = levelsChanged || (morePyramids && imagesPending > 0);
  if (view == newView && sizePx == newSizePx && part == newPart && !imagesChanged) return false;
  if (view && sizePx == newSizePx && part == newPart && !imagesChanged && isWrittenDown(newView)) {
    view = newView;
    return false;
  }

  // Look up the images before anything changes: an Error leaves the engine as it was.
  const SceneContent content = findSceneContent(newView, source, pyramids);
  const PageFormat format = findPageFormat(content.images);

  // Between the panels nothing is drawn: what another layout left there has to go.
  if (view && view->layout != newView.layout) pictureIsNew = true;
  view = newView;
  sizePx = newSizePx;
  part = newPart;
  if (!content.images.empty()) openCache(format);
  adoptImages(content);
  bytesReadBefore = pager ? pager->loaderStats().bytesRead : 0;
  const FrameVector<ViewRegion> newRegions = makeRegions(*view, worldFromVoxelOfCurrent, sizePx);
  regions.assign(newRegions.begin(), newRegions.end());
  if (!picture || picture->sizePx() != sizePx) {
    if (picture) device.retire(std::move(picture));
    picture = std::make_unique<Picture>(device, sizePx);
    pictureIsNew = true;
  }
  plan();
  ahead.restart();
  firstImageDrawn = finalImageDrawn = false;
  return true;
}

void Engine::State::adoptImages(const SceneContent& content) {
  current = content.current;
  worldFromVoxelOfCurrent = content.currentWorldFromVoxel.value_or(worldFromVoxelOfCurrent);
  images.assign(content.images.begin(), content.images.end());
  imagesPending = content.pending;
  tableImages.clear();
  for (const SceneImage& image : images) tableImages.push_back({image.id, image.pyramid});
  std::ranges::sort(tableImages, {}, &PageTableImage::image);

  // What was measured holds as long as the same images are shown.
  FrameVector<SetupRange> newRanges;
  for (const SceneImage& image : images) newRanges.push_back({setupOf(image.id).id, {}});
  const bool same = timepointOfRanges == current.timepoint &&
                    std::ranges::equal(ranges, newRanges, {}, &SetupRange::setup, &SetupRange::setup);
  if (same) return;
  timepointOfRanges = current.timepoint;
  ranges.assign(newRanges.begin(), newRanges.end());
  measuredBricks = 0;
}

/// As large as the settings say, or as the GPU's memory allows: a smaller one shows less detail, which is better than
/// nothing.
void Engine::State::createCache(PageFormat format) {
  constexpr std::uint64_t kLeastBytes = 32 * kMiB;
  for (std::uint64_t bytes = settings.pageCacheBytes;; bytes /= 2) {
    try {
      cache = std::make_unique<VolumeCache>(device, format, bytes);
      if (device.transferFamily()) transit = std::make_unique<BrickTransit>(device, *cache, bricksPerFrame());
      return;
    } catch (const gpu::OutOfMemory& error) {
      if (bytes / 2 < kLeastBytes) throw;
      logWarning(fmt::format("{}; half of {} is tried", error.what(), formatBytes(bytes)));
    }
  }
}

void Engine::State::openCache(PageFormat format) {
  if (cache && cache->format() == format) return;
  pager.reset();
  transit.reset();
  if (cache) device.retire(std::move(cache));
  createCache(format);
  tableHoldsWanted = false;
  pager = std::make_unique<Pager>(source, settings.loader, cache->slotCount());
}

void Engine::State::plan() {
  if (images.empty()) return;
  FrameVector<ViewRegion> planned;
  for (const ViewRegion& region : regions) {
    PixelRect rect{region.offsetPx, region.offsetPx + region.sizePx};
    if (part) rect = intersect(rect, *part);
    if (!isEmpty(rect)) planned.push_back(cropRegion(region, rect.begin - region.offsetPx, rect.end - region.offsetPx));
  }
  const FrameVector<WantedImage> shown = wantedImages(images);
  const WantedInput input{.images = shown,
                          .regions = planned,
                          .pinnedLevel = view->pinnedLevel,
                          .pixelsPerVoxel = view->pixelsPerVoxel,
                          .slotBudget = cache->slotCount(),
                          .previousBias = pager->wanted().bias};
  planWithPeaks(input);
  const FrameVector<SlicePlane> planes = findSlicePlanes(shown, planned);
  plannedSet.planes.assign(planes.begin(), planes.end());
  pager->setWanted(plannedSet);
}

std::size_t Engine::State::bricksPerFrame() const {
  return std::max<std::size_t>(1, settings.uploadBytesPerFrame / brickBytes());
}

void Engine::State::page(gpu::Frame& frame) {
  FrameVector<LoadedBrick> bricks = pager->takeFinished(transit ? transit->room() : bricksPerFrame());
  for (LoadedBrick& brick : bricks) widenTo(cache->format(), brick);
  if (transit) {
    transit->send(std::move(bricks));
    bricks = transit->takeArrived();
  }
  paged = &pager->update(std::move(bricks));
  if (!paged->uploads.empty()) {
    const gpu::TimingScope timed(frame, "uploads");
    if (transit) {
      transit->copy(frame, *cache, paged->uploads);
    } else {
      FrameVector<SlotUpload> uploads;
      for (const BrickUpload& upload : paged->uploads) uploads.push_back({upload.slot, upload.voxels, upload.cells});
      cache->upload(frame, uploads);
    }
    bytesUploaded += paged->uploads.size() * brickBytes();
  }
  if (paged->changed) tableHoldsWanted = false;
}

std::uint64_t Engine::State::voxelBytesOf(const BrickKey& key) const {
  const ImagePyramid& pyramid = *tableImages[tableIndex(key.image)].pyramid;
  const LevelInfo& level = pyramid.levels[static_cast<std::size_t>(key.level)];
  return static_cast<std::uint64_t>(countVoxels(level, key.brick)) * voxelBytes(pyramid.voxelType);
}

void Engine::State::fillReport(Effort effort) {
  report.ranges = ranges;
  report.imagePresent = !images.empty() || imagesPending > 0;
  report.imagesPending = imagesPending;
  report.sharp = images.empty() || (effort == Effort::complete ? finalImageDrawn : pacer.sharp() && !awaitsPipelines);
  report.awaitsPipelines = awaitsPipelines;
  report.newErrors.clear();
  pyramids.takeErrors(report.newErrors);
  report.lookingAhead = false;
  report.cacheHoldsAll = images.empty() || (pager->wanted().fits && peaksFit);
  report.awaitsFeedback = feedback.pending() > 0;
  report.growing = std::ranges::any_of(images, [](const SceneImage& image) { return image.pyramid->growing; });
  report.bricksUnmade = report.bricksUnreached = 0;
  report.resolution.reset();
  report.peaks = {};
  if (images.empty()) {
    report.converged = imagesPending == 0;
    report.coarsestComplete = report.converged;
    report.fractionComplete = report.converged ? 1.0 : 0.0;
    return;
  }
  const WantedSet& wanted = pager->wanted();
  report.converged =
      imagesPending == 0 && nothingMissing() && !report.growing && finalImageDrawn && feedbackSettled(effort);
  report.bricksUnmade = paged->unmade;
  report.bricksUnreached = paged->unreached;
  report.coarsestComplete = imagesPending == 0 && paged->coarsestComplete && !awaitsPipelines;
  report.peaks = paged->peakCounts;
  const std::size_t there = paged->resident.size() + report.peaks.resident + (report.converged ? paged->unreached : 0);
  const std::size_t all = wanted.bricks.size() + report.peaks.wanted;
  report.fractionComplete = all == 0 ? 1.0 : double(there) / double(all);
  report.lodBias = wanted.bias;
  report.wantedBy = view->pinnedLevel   ? WantedBy::pinnedLevel
                    : wanted.bias > 0.0 ? WantedBy::pageCache
                                        : WantedBy::screen;
  if (countsPixels || report.converged) report.resolution = resolution;
  report.levels = paged->levels;
  report.shownPerLevel.assign(static_cast<std::size_t>(wanted.levelCount), 0);
  report.bytesNeeded = 0;
  for (std::size_t i = 0; i < wanted.bricks.size(); ++i) {
    if (!wanted.bricks[i].leaf || paged->states[i] == BrickState::unreached) continue;
    const BrickKey& key = wanted.bricks[i].key;
    report.bytesNeeded += voxelBytesOf(key);
    if (paged->states[i] == BrickState::resident) ++report.shownPerLevel[static_cast<std::size_t>(key.level)];
  }
  report.slots = pager->cache().slotCount();
  report.slotsUsed = pager->cache().usedCount();
  report.pageHits = pager->hits();
  report.pageMisses = pager->misses();
  report.evictions = pager->cache().evictions();
  report.bytesUploaded = bytesUploaded;
  report.transferQueue = transit != nullptr;
  report.pageCacheBytes = cache->bytes();
  report.loader = pager->loaderStats();
  report.bytesReadForView = report.loader.bytesRead - bytesReadBefore;
  measureHostMemory();
  report.ahead = pager->aheadCounts();
  report.lookingAhead = ahead.active() && (paged->aheadPending > 0 || (ahead.left() > 0 && !pager->aheadFull()));
  report.newErrors.insert(report.newErrors.end(), paged->newErrors.begin(), paged->newErrors.end());
}

void Engine::State::measureHostMemory() {
  HostMemory& memory = report.hostMemory;
  memory.tableBytes = tableEntries * sizeof(shared::PageTableEntry);
  const std::uint64_t workBytes = source.workBytes();
  memory.workPeakBytes = std::max(memory.workPeakBytes, workBytes);
  memory.bytes = workBytes + report.loader.hostCacheBytes + report.loader.storedBytes +
                 (report.loader.inFlight + report.loader.finished + report.loader.spare) * brickBytes() +
                 memory.tableBytes + (transit ? transit->brickCount() * brickBytes() : 0);
  memory.peakBytes = std::max(memory.peakBytes, memory.bytes);
  // A table is at least a quarter full, and holds each brick with a bridge a level at most.
  std::uint64_t mostLevels = 0, chunkBytes = 0;
  for (const SceneImage& image : images) {
    mostLevels = std::max<std::uint64_t>(mostLevels, image.pyramid->levels.size());
    for (const LevelInfo& level : image.pyramid->levels)
      chunkBytes = std::max<std::uint64_t>(chunkBytes, decodedChunkBytes(level, image.pyramid->voxelType));
  }
  const std::uint64_t mostEntries = 4ull * cache->slotCount() * mostLevels;
  const auto workers = static_cast<std::uint64_t>(report.loader.threads);
  const auto bricks = 2 * static_cast<std::uint64_t>(std::max(1, settings.loader.maxFinished)) + workers +
                      (transit ? transit->mostBricks() : 0);
  memory.boundBytes = memory.workPeakBytes + settings.loader.hostCacheBytes + settings.loader.storedBytes +
                      workers * (std::max<std::uint64_t>(16 * kMiB, chunkBytes) + chunkBytes) + bricks * brickBytes() +
                      std::max<std::uint64_t>(mostEntries, 64) * sizeof(shared::PageTableEntry);
}

Engine::Engine(gpu::Device& device, Source& source, const EngineSettings& settings)
    : state_(std::make_unique<State>(device, source, settings)) {}

Engine::~Engine() { state_->device.settle(); }

const FrameReport& Engine::drawFrame(gpu::Frame& frame, const View& view, const ivec2& sizePx, Effort effort,
                                     const std::optional<PixelRect>& part) {
  const FrameScope scope;
  State& state = *state_;
  for (const gpu::GpuTiming& timing : frame.previousTimings()) {
    state.report.gpuMs[timing.name] = timing.ms;
    if (timing.name == State::kVolumeTiming) state.pacer.learn(timing.ms, state.volumeWorkDone[&frame]);
  }
  state.volumeWork = {};

  state.takeFeedback();
  const bool viewChanged = state.adoptView(view, sizePx, part);
  if (!state.images.empty()) {
    state.demand = state.chooseDemand();
    state.pager->setDemand(state.demand);
    state.lookAhead();
    state.page(frame);
    state.chooseTelling(view, effort, state.paged->failed > 0);
    state.updateRanges();
    state.choosePeaks();
  }
  state.draw(frame, viewChanged, effort);
  state.closeFeedback(frame);
  state.volumeWorkDone[&frame] = state.volumeWork;
  state.fillReport(effort);
  return state.report;
}

bool Engine::prepare(const View& view, const ivec2& sizePx, Effort effort) {
  const FrameScope scope;
  return state_->prepare(view, sizePx, effort);
}

Picture& Engine::picture() { return *state_->picture; }

const WantedSet& Engine::wanted() const { return state_->pager->wanted(); }

const std::vector<BrickState>& Engine::brickStates() const { return state_->paged->states; }

std::vector<std::pair<BrickKey, BrickState>> Engine::peaks() const {
  std::vector<std::pair<BrickKey, BrickState>> states;
  for (const BrickKey& key : state_->pager->peaks()) states.emplace_back(key, state_->pager->peakState(key));
  return states;
}

std::vector<ShownBrick> Engine::shownBricks() const {
  const FrameVector<ShownBrick> bricks = state_->shownBricks();
  return {bricks.begin(), bricks.end()};
}

std::vector<SetupRange> Engine::findContrast(std::span<const ShownBrick> bricks) const {
  const FrameVector<SetupRange> ranges = state_->findContrast(bricks);
  return {ranges.begin(), ranges.end()};
}

void Engine::waitForBrick(std::chrono::milliseconds timeout) {
  if (state_->imagesPending > 0)
    state_->pyramids.waitForMore(state_->pyramidsSeen, timeout);
  else if (state_->transit && state_->transit->anyUnderWay())
    state_->transit->wait(timeout);
  else if (state_->pager)
    state_->pager->waitForBrick(timeout);
}

std::optional<Box3> Engine::sceneBox() const {
  if (!state_->view || !state_->view->fused || state_->view->space != Space::world) return std::nullopt;
  std::optional<Box3> all;
  for (const SceneImage& image : state_->images) {
    const Box3 box = worldBox(*image.pyramid, image.worldFromVoxel);
    all = all ? Box3{glm::min(all->min, box.min), glm::max(all->max, box.max)} : box;
  }
  return all;
}

void Engine::retryFailed() {
  if (state_->pyramids.retryFailed()) state_->view.reset();  // the next frame looks for the images anew
  if (state_->pager) state_->pager->retryFailed();
}

void Engine::adjustLoader(const LoaderSettings& settings) {
  if (settings == state_->settings.loader) return;
  state_->settings.loader = settings;
  if (state_->pager) state_->pager->adjustLoader(settings);
}

}  // namespace volary
