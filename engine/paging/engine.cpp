#include "paging/engine.h"

#include "paging/engine_state.h"
#include "paging/slice_planes.h"
#include "pyramid/level_transform.h"

#include <algorithm>
#include <utility>

namespace volary {

namespace {

/// The page format for the voxels of all images: what the widest ones need.
PageFormat findPageFormat(std::span<const SceneImage> images) {
  PageFormat format = PageFormat::r8;
  for (const SceneImage& image : images) format = std::max(format, pageFormat(image.pyramid->voxelType));
  return format;
}

}  // namespace

Engine::State::State(gpu::Device& d, Source& s, const EngineSettings& e)
    : device(d),
      source(s),
      growing(s.growing()),
      settings(e),
      pyramids(s),
      scene(s.dataset()),
      contrast(s),
      paged(d, s, settings),
      drawer(d, listens()) {}

/// Whether rays may be asked to report what they reach.
bool Engine::State::listens() const {
  return settings.feedback == Feedback::on || (settings.feedback == Feedback::automatic && !device.isSoftware());
}

void Engine::State::beginFrame(const gpu::Frame& frame) {
  for (const gpu::GpuTiming& timing : frame.previousTimings()) report.gpuMs[timing.name] = timing.ms;
  drawer.beginFrame(frame, findPager());
}

bool Engine::State::adoptView(const View& newView, const ivec2& newSizePx, const std::optional<PixelRect>& newPart) {
  const std::size_t pyramidsNow = pyramids.finishedCount();
  const bool morePyramids = std::exchange(pyramidsSeen, pyramidsNow) != pyramidsNow;
  if (morePyramids) ahead.restart();
  const bool levelsChanged = std::ranges::any_of(
      scene.images(), [&](const SceneImage& image) { return &source.pyramid(image.id) != image.pyramid; });
  const bool imagesChanged = levelsChanged || (morePyramids && scene.pending() > 0);
  if (view == newView && sizePx == newSizePx && part == newPart && !imagesChanged) return false;

  // Look up the images before anything changes: an Error leaves the engine as it was.
  const SceneContent content = findSceneContent(newView, source, pyramids);
  const PageFormat format = findPageFormat(content.images);

  // Nothing is drawn between the panels: what another layout left there has to be cleared.
  const bool clears = view && view->layout != newView.layout;
  view = newView;
  sizePx = newSizePx;
  part = newPart;
  if (!content.images.empty() && paged.open(format)) drawer.forgetPageTable();
  scene.adopt(content);
  bytesReadBefore = paged.isOpen() ? paged.pager().loaderStats().bytesRead : 0;
  const FrameVector<ViewRegion> newRegions = makeRegions(*view, scene.worldFromVoxelOfCurrent(), sizePx);
  regions.assign(newRegions.begin(), newRegions.end());
  drawer.beginView(sizePx, clears);
  plan();
  ahead.restart();
  return true;
}

void Engine::State::plan() {
  if (scene.empty()) return;
  FrameVector<ViewRegion> planned;
  for (const ViewRegion& region : regions) {
    PixelRect rect{region.offsetPx, region.offsetPx + region.sizePx};
    if (part) rect = intersect(rect, *part);
    if (!isEmpty(rect)) planned.push_back(cropRegion(region, rect.begin - region.offsetPx, rect.end - region.offsetPx));
  }
  const FrameVector<WantedImage> shown = wantedImages(scene.images());
  WantedSet& wanted = peaks.plan({.images = shown,
                                  .regions = planned,
                                  .pinnedLevel = view->pinnedLevel,
                                  .pixelsPerVoxel = view->pixelsPerVoxel,
                                  .slotBudget = paged.cache().slotCount(),
                                  .previousBias = paged.pager().wanted().bias},
                                 *view, regions.front());
  const FrameVector<SlicePlane> planes = findSlicePlanes(shown, planned);
  wanted.planes.assign(planes.begin(), planes.end());
  paged.pager().setWanted(wanted);
}

/// Rays report what they reach in modes in which they can end before they leave the volume. Not in a growing pyramid:
/// its ancestors may come last, and what is looked at is made and shown first.
Demand Engine::State::chooseDemand() const {
  const bool hasVolume =
      std::ranges::any_of(regions, [](const ViewRegion& region) { return region.kind == RegionKind::volume; });
  const bool tell = listens() && hasVolume && !scene.grows() && infoOf(view->mode).endsEarly;
  return tell ? Demand::reached : Demand::all;
}

void Engine::State::page(gpu::Frame& frame) {
  if (scene.empty()) return;
  demand = chooseDemand();
  paged.pager().setDemand(demand);
  lookAhead();
  paged.page(frame);
  const bool knewContrast = contrast.isKnown();
  contrast.update(*view, scene);
  if (contrast.isKnown() && (!knewContrast || paged.pager().frame().changed))
    peaks.choose(scene, contrast, paged.pager());
}

void Engine::State::draw(gpu::Frame& frame, bool viewChanged, Effort effort) {
  drawer.draw(frame,
              {.view = *view,
               .sizePx = sizePx,
               .part = part,
               .regions = regions,
               .scene = scene,
               .contrast = contrast,
               .paged = paged,
               .peaks = peaks,
               .demand = demand,
               .effort = effort},
              viewChanged);
}

bool Engine::State::prepare(const View& next, const ivec2& nextSizePx, Effort effort) {
  const Dataset& dataset = source.dataset();
  const ImageId image{findSetupIndex(dataset, next.setup), findTimepointIndex(dataset, next.timepoint)};
  const FrameVector<ImageId> shown = shownImages(next, dataset);
  if (std::ranges::find(shown, image) == shown.end()) return true;
  // The others are likely to have voxels of the same type; their metadata is not waited for.
  const ImagePyramid& pyramid = source.pyramid(image);
  const PageFormat format = pageFormat(pyramid.voxelType);
  return drawer.prepare(next, makeRegions(next, worldFromVoxel(next, dataset, pyramid, image), nextSizePx),
                        shown.size(), format, chooseFiltering(device, format), demand, effort);
}

void Engine::State::fillReport(Effort effort) {
  report.ranges.assign(contrast.ranges().begin(), contrast.ranges().end());
  scene.tell(report);
  drawer.tell(report, effort, scene.empty());
  report.newErrors.clear();
  pyramids.takeErrors(report.newErrors);
  report.lookingAhead = false;
  report.cacheHoldsAll = true;
  report.bricksUnmade = report.bricksUnreached = 0;
  report.resolution.reset();
  report.peaks = {};
  if (scene.empty()) {
    report.converged = scene.pending() == 0;
    report.coarsestComplete = report.converged;
    report.fractionComplete = report.converged ? 1.0 : 0.0;
    return;
  }
  paged.tell(report);
  const WantedSet& wanted = paged.pager().wanted();
  const PagerFrame& frame = paged.pager().frame();
  report.converged = scene.pending() == 0 && nothingMissing(frame) && !report.growing && drawer.isFinal() &&
                     drawer.isSettled(frame, effort);
  report.coarsestComplete = scene.pending() == 0 && frame.coarsestComplete && !drawer.awaits();
  report.cacheHoldsAll = wanted.fits && peaks.fits();
  const std::size_t there = frame.resident.size() + report.peaks.resident + (report.converged ? frame.unreached : 0);
  const std::size_t all = wanted.bricks.size() + report.peaks.wanted;
  report.fractionComplete = all == 0 ? 1.0 : double(there) / double(all);
  report.wantedBy = view->pinnedLevel   ? WantedBy::pinnedLevel
                    : wanted.bias > 0.0 ? WantedBy::pageCache
                                        : WantedBy::screen;
  if (drawer.feedback().countsPixels() || report.converged) report.resolution = drawer.feedback().resolution();
  report.shownPerLevel.assign(static_cast<std::size_t>(wanted.levelCount), 0);
  report.bytesNeeded = 0;
  for (std::size_t i = 0; i < wanted.bricks.size(); ++i) {
    if (!wanted.bricks[i].leaf || frame.states[i] == BrickState::unreached) continue;
    const BrickKey& key = wanted.bricks[i].key;
    report.bytesNeeded += scene.voxelBytesOf(key);
    if (frame.states[i] == BrickState::resident) ++report.shownPerLevel[static_cast<std::size_t>(key.level)];
  }
  report.bytesReadForView = report.loader.bytesRead - bytesReadBefore;
  report.hostMemory = memory.measure(paged, scene, settings.loader, report.loader, drawer.tableEntries(),
                                     growing ? growing->workBytes() : 0);
  report.lookingAhead = ahead.active() && (frame.aheadPending > 0 || (ahead.left() > 0 && !paged.pager().aheadFull()));
}

Engine::Engine(gpu::Device& device, Source& source, const EngineSettings& settings)
    : state_(std::make_unique<State>(device, source, settings)) {}

Engine::~Engine() { state_->device.settle(); }

const FrameReport& Engine::drawFrame(gpu::Frame& frame, const View& view, const ivec2& sizePx, Effort effort,
                                     const std::optional<PixelRect>& part) {
  const FrameScope scope;
  State& state = *state_;
  state.beginFrame(frame);
  const bool viewChanged = state.adoptView(view, sizePx, part);
  state.page(frame);
  state.draw(frame, viewChanged, effort);
  state.fillReport(effort);
  return state.report;
}

bool Engine::prepare(const View& view, const ivec2& sizePx, Effort effort) {
  const FrameScope scope;
  return state_->prepare(view, sizePx, effort);
}

Picture& Engine::picture() { return state_->drawer.picture(); }

const WantedSet& Engine::wanted() const { return state_->paged.pager().wanted(); }

const std::vector<BrickState>& Engine::brickStates() const { return state_->paged.pager().frame().states; }

std::vector<std::pair<BrickKey, BrickState>> Engine::peaks() const {
  std::vector<std::pair<BrickKey, BrickState>> states;
  const Pager& pager = state_->paged.pager();
  for (const BrickKey& key : pager.peaks()) states.emplace_back(key, pager.peakState(key));
  return states;
}

std::vector<ShownBrick> Engine::shownBricks() const {
  if (state_->scene.empty()) return {};
  const FrameVector<ShownBrick> bricks = findShownBricks(state_->scene, state_->paged.pager());
  return {bricks.begin(), bricks.end()};
}

std::vector<SetupRange> Engine::findContrast() {
  if (!state_->view) return {};
  const FrameScope scope;
  const FrameVector<SetupRange> ranges = state_->contrast.findInView(*state_->view, state_->scene, state_->regions);
  return {ranges.begin(), ranges.end()};
}

void Engine::waitForBrick(std::chrono::milliseconds timeout) {
  if (state_->scene.pending() > 0)
    state_->pyramids.waitForMore(state_->pyramidsSeen, timeout);
  else if (!state_->scene.empty() && !state_->contrast.isKnown())
    state_->contrast.wait(timeout);
  else
    state_->paged.wait(timeout);
}

std::optional<Box3> Engine::sceneBox() const {
  if (!state_->view || !state_->view->fused || state_->view->space != Space::world) return std::nullopt;
  std::optional<Box3> all;
  for (const SceneImage& image : state_->scene.images()) {
    const Box3 box = worldBox(*image.pyramid, image.worldFromVoxel);
    all = all ? Box3{glm::min(all->min, box.min), glm::max(all->max, box.max)} : box;
  }
  return all;
}

void Engine::retryFailed() {
  if (state_->pyramids.retryFailed()) state_->view.reset();  // the next frame looks for the images anew
  if (Pager* const pager = state_->findPager()) pager->retryFailed();
}

void Engine::adjustLoader(const LoaderSettings& settings) {
  if (settings == state_->settings.loader) return;
  state_->settings.loader = settings;
  if (Pager* const pager = state_->findPager()) pager->adjustLoader(settings);
}

}  // namespace volary
