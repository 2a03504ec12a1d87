#include "paging/engine.h"

#include "base/bytes.h"
#include "base/error.h"
#include "paging/engine_state.h"
#include "streaming/chunk_cache.h"

#include <algorithm>
#include <utility>

namespace volary {

bool Engine::State::adoptView(const View& newView, const ivec2& newSizePx, const std::optional<PixelRect>& newPart) {
  const bool levelsChanged = pyramid && &source.pyramid(image) != pyramid;
  if (view == newView && sizePx == newSizePx && part == newPart && !levelsChanged) return false;
  if (view && !levelsChanged && sizePx == newSizePx && part == newPart && isWrittenDown(newView)) {
    view = newView;
    return false;
  }

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
  if (image != newImage) measuredBricks = 0;
  view = newView;
  sizePx = newSizePx;
  part = newPart;
  image = newImage;
  pyramid = newPyramid;
  if (pyramid) {
    worldFromVoxelOfImage = worldFromVoxel(*view, dataset, *pyramid, image);
    openCache(pageFormat(pyramid->voxelType));
  }
  bytesReadBefore = pager ? pager->loaderStats().bytesRead : 0;
  regions = makeRegions(*view, worldFromVoxelOfImage, sizePx);
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
    PixelRect rect{region.offsetPx, region.offsetPx + region.sizePx};
    if (part) rect = intersect(rect, *part);
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
    for (const BrickUpload& upload : paged->uploads) uploads.push_back({upload.slot, upload.voxels, upload.cells});
    cache->upload(frame, uploads);
    bytesUploaded += paged->uploads.size() * brickBytes;
  }
  if (paged->changed) tableHoldsWanted = false;
}

std::uint64_t Engine::State::voxelBytesOf(const BrickKey& key) const {
  const LevelInfo& level = pyramid->levels[static_cast<std::size_t>(key.level)];
  return static_cast<std::uint64_t>(countVoxels(level, key.brick)) * voxelBytes(pyramid->voxelType);
}

void Engine::State::fillReport(Effort effort) {
  report.imagePresent = pyramid != nullptr;
  report.range = range;
  report.sharp = !pyramid || (effort == Effort::complete ? finalImageDrawn : pacer.sharp());
  report.newErrors.clear();
  report.lookingAhead = false;
  report.coarsestComplete = !pyramid || paged->coarsestComplete;
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
  report.bytesNeeded = 0;
  for (std::size_t i = 0; i < wanted.bricks.size(); ++i) {
    if (!wanted.bricks[i].leaf) continue;
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
  report.pageCacheBytes = cache->bytes();
  report.loader = pager->loaderStats();
  report.bytesReadForView = report.loader.bytesRead - bytesReadBefore;
  measureHostMemory();
  report.ahead = pager->aheadCounts();
  report.lookingAhead =
      ahead.active() && (paged->aheadPending > 0 || (ahead.left() > 0 && !pager->aheadFull()));
  report.newErrors = paged->newErrors;
}

void Engine::State::measureHostMemory() {
  const std::uint64_t brickBytes = kPaddedBrickVoxels * pageVoxelBytes(cache->format());
  HostMemory& memory = report.hostMemory;
  memory.tableBytes = tableEntries * sizeof(shared::PageTableEntry);
  memory.bytes = report.loader.hostCacheBytes + report.loader.storedBytes +
                 (report.loader.inFlight + report.loader.finished + report.loader.spare) * brickBytes + memory.tableBytes;
  memory.peakBytes = std::max(memory.peakBytes, memory.bytes);
  // A table is at least a quarter full, and holds each brick with a bridge a level at most.
  const std::uint64_t mostEntries = 4ull * cache->slotCount() * pyramid->levels.size();
  std::uint64_t chunkBytes = 0;
  for (const LevelInfo& level : pyramid->levels)
    chunkBytes = std::max<std::uint64_t>(chunkBytes, decodedChunkBytes(level, pyramid->voxelType));
  const auto workers = static_cast<std::uint64_t>(report.loader.threads);
  const auto bricks = static_cast<std::uint64_t>(std::max(1, settings.loader.maxFinished)) + workers;
  memory.boundBytes = settings.loader.hostCacheBytes + settings.loader.storedBytes +
                      workers * (std::max<std::uint64_t>(16 * kMiB, chunkBytes) + chunkBytes) + bricks * brickBytes +
                      std::max<std::uint64_t>(mostEntries, 64) * sizeof(shared::PageTableEntry);
}

Engine::Engine(gpu::Device& device, Source& source, const EngineSettings& settings)
    : state_(std::make_unique<State>(device, source, settings)) {}

Engine::~Engine() { state_->device.waitIdle(); }

const FrameReport& Engine::drawFrame(gpu::Frame& frame, const View& view, const ivec2& sizePx, Effort effort,
                                     const std::optional<PixelRect>& part) {
  State& state = *state_;
  for (const gpu::GpuTiming& timing : frame.previousTimings())
    if (timing.name == State::kVolumeTiming) {
      state.pacer.learn(timing.ms, state.volumeWorkDone[&frame]);
      state.report.volumeGpuMs = timing.ms;
    }
  state.volumeWork = 0.0;

  const bool viewChanged = state.adoptView(view, sizePx, part);
  if (state.pyramid) {
    state.lookAhead();
    state.page(frame);
    state.updateRange();
  }
  state.draw(frame, viewChanged, effort);
  state.volumeWorkDone[&frame] = state.volumeWork;
  state.fillReport(effort);
  return state.report;
}

Picture& Engine::picture() { return *state_->picture; }

const WantedSet& Engine::wanted() const { return state_->pager->wanted(); }

const std::vector<BrickState>& Engine::brickStates() const { return state_->paged->states; }

std::vector<ShownBrick> Engine::shownBricks() const { return state_->shownBricks(); }

std::optional<ValueRange> Engine::findContrast(std::span<const ShownBrick> bricks) const {
  return state_->findContrast(bricks);
}

void Engine::waitForBrick(std::chrono::milliseconds timeout) {
  if (state_->pager) state_->pager->waitForBrick(timeout);
}

void Engine::retryFailed() {
  if (state_->pager) state_->pager->retryFailed();
}

void Engine::adjustLoader(const LoaderSettings& settings) {
  if (settings == state_->settings.loader) return;
  state_->settings.loader = settings;
  if (state_->pager) state_->pager->adjustLoader(settings);
}

}  // namespace volary
