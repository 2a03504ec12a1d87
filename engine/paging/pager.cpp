#include "paging/pager.h"

#include "paging/frame_report.h"
#include "pyramid/peaks.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace volary {

namespace {

/// Slots that the wanted set does not take.
std::size_t freeOf(const PageCache& cache, const WantedSet& wanted) {
  const std::size_t slots = cache.slotCount();
  return slots - std::min(slots, wanted.bricks.size());
}

}  // namespace

Pager::Pager(Source& source, const LoaderSettings& settings, std::uint32_t slotCount)
    : source_(source),
      growing_(source.growing()),
      loader_(source, settings),
      cache_(slotCount),
      statistics_(slotCount),
      excess_(slotCount) {}

void Pager::setWanted(const WantedSet& wanted) {
  spareKeys_.clear();
  for (const WantedBrick& brick : wanted.bricks)
    if (spareKeys_.insert(brick.key) && !wantedKeys_.contains(brick.key)) ++(cache_.find(brick.key) ? hits_ : misses_);
  wanted_ = wanted;
  std::swap(wantedKeys_, spareKeys_);
  reached_.eraseIf([&](const BrickKey& key) { return !wantedKeys_.contains(key); });
  standIns_.eraseIf([&](const auto& standIn) { return !cache_.find(standIn.first); });
  std::erase_if(peaks_, [&](const BrickKey& key) { return !wantedKeys_.contains(storedKey(key)); });
  peaks_.resize(std::min(peaks_.size(), freeOf(cache_, wanted_)));
  notePeakKeys();
  dirty_ = true;
}

void Pager::notePeakKeys() {
  peakKeys_.clear();
  for (const BrickKey& key : peaks_) peakKeys_.insert(key);
}

void Pager::setPeaks(std::span<const BrickKey> peaks) {
  assert(peaks.size() <= freeOf(cache_, wanted_));
  if (std::ranges::equal(peaks, peaks_)) return;
  peaks_.assign(peaks.begin(), peaks.end());
  notePeakKeys();
  for (const BrickKey& key : peaks_) cache_.touch(key);
  classifyPeaks();
  request();
}

BrickState Pager::peakState(const BrickKey& key) const {
  return cache_.find(key) ? BrickState::resident : failed_.contains(key) ? BrickState::failed : BrickState::missing;
}

void Pager::setDemand(Demand demand) {
  if (std::exchange(demand_, demand) != demand) demandDirty_ = true;
}

void Pager::noteReached(std::span<const BrickKey> bricks) {
  for (const BrickKey& key : bricks)
    if (wantedKeys_.contains(key) && reached_.insert(key)) demandDirty_ = true;
}

void Pager::setAhead(std::span<const BrickKey> ranked) {
  FrameVector<BrickKey> ahead;
  for (const BrickKey& key : ranked) {
    if (ahead.size() >= mostAhead()) break;
    if (wantedKeys_.contains(key)) continue;
    const auto slot = cache_.find(key);
    if (!slot || cache_.isAhead(*slot)) ahead.push_back(key);
  }
  if (std::ranges::equal(ahead, ahead_)) return;
  ahead_.assign(ahead.begin(), ahead.end());
  aheadDirty_ = true;
}

std::size_t Pager::mostAhead() const {
  return std::min<std::size_t>(cache_.aheadLimit(), freeOf(cache_, wanted_) - peaks_.size());
}

void Pager::retryFailed() {
  failed_.clear();
  aheadFailed_.clear();
  dirty_ = true;
}

FrameVector<LoadedBrick> Pager::takeFinished(std::size_t most) {
  FrameVector<LoadedBrick> finished = loader_.takeFinished(most);
  for (const LoadedBrick& brick : finished) underWay_.insert(brick.key);
  return finished;
}

const PagerFrame& Pager::update(FrameVector<LoadedBrick> bricks) {
  for (BrickUpload& upload : frame_.uploads) loader_.reuse(std::move(upload.voxels));
  frame_.uploads.clear();
  frame_.newErrors.clear();
  const auto isWanted = [&](const LoadedBrick& brick) { return wantedKeys_.contains(brick.key); };
  const auto isPeaks = [&](const LoadedBrick& brick) { return peakKeys_.contains(brick.key); };
  frame_.changed = dirty_ || std::ranges::any_of(bricks, isWanted);
  frame_.peaksChanged = dirty_ || std::ranges::any_of(bricks, isPeaks);
  const std::uint64_t revision = growing_ ? growing_->revision() : 0;
  const bool moreMade = std::exchange(revision_, revision) != revision;
  if (bricks.empty() && !dirty_ && !demandDirty_ && !aheadDirty_ && !moreMade) return frame_;

  // Everything wanted counts as used before a slot is looked for: no wanted brick leaves for another.
  cache_.beginFrame();
  for (const WantedBrick& brick : wanted_.bricks) cache_.touch(brick.key);
  for (const BrickKey& key : peaks_) cache_.touch(key);
  for (const BrickKey& key : ahead_) cache_.touchAhead(key);
  // Wanted bricks take their slots first.
  const auto isNeeded = [&](const LoadedBrick& brick) { return isWanted(brick) || isPeaks(brick); };
  for (const bool needed : {true, false})
    for (LoadedBrick& brick : bricks)
      if (isNeeded(brick) == needed) place(std::move(brick));
  if (frame_.changed || demandDirty_) {
    const bool raysTold = frame_.raysTell;
    classify();
    pinCoarsest();
    if (frame_.raysTell != raysTold) frame_.changed = true;
  }
  if (frame_.peaksChanged) classifyPeaks();
  if (frame_.changed || frame_.peaksChanged || demandDirty_ || aheadDirty_ || moreMade) request();
  frame_.aheadPending = static_cast<std::uint32_t>(aheadPending_.size());
  dirty_ = demandDirty_ = aheadDirty_ = false;
  return frame_;
}

void Pager::place(LoadedBrick brick) {
  underWay_.erase(brick.key);
  std::uint64_t version = kMade;
  if (const auto asked = asked_.find(brick.key); asked != asked_.end()) version = asked->second;
  asked_.erase(brick.key);
  if (brick.ahead && brick.error.empty()) ++aheadLoaded_;
  aheadPending_.erase(brick.key);
  if (brick.ahead && !wantedKeys_.contains(brick.key)) {
    placeAhead(std::move(brick));
    return;
  }
  if (brick.error.empty() && brick.voxels.empty()) return;  // its level is gone: the next wanted set is without it
  if (!brick.error.empty()) {
    if (failed_.emplace(brick.key, brick.error).second) frame_.newErrors.push_back(std::move(brick.error));
    return;
  }
  if (brick.ahead) ++aheadUsed_;
  // A brick that is no longer wanted was read in vain, unless there is room to keep it.
  auto slot = cache_.find(brick.key);
  if (slot && !standsIn(brick.key)) return;
  if (!slot) slot = cache_.insert(brick.key);
  if (!slot) return;
  if (version == kMade)
    standIns_.erase(brick.key);
  else
    standIns_.assign(brick.key, version);
  upload(*slot, std::move(brick));
}

void Pager::upload(std::uint32_t slot, LoadedBrick brick) {
  statistics_[slot] = brick.statistics;
  excess_[slot] = brick.excess;
  frame_.uploads.push_back({slot, brick.key, std::move(brick.voxels), std::move(brick.cells)});
}

void Pager::placeAhead(LoadedBrick brick) {
  if (!brick.error.empty()) {
    constexpr std::size_t kMostRemembered = 4096;  // a damaged file must not fill the memory with what nobody asked for
    if (aheadFailed_.size() >= kMostRemembered) aheadFailed_.clear();
    aheadFailed_.insert(brick.key);
    return;
  }
  const auto slot = cache_.find(brick.key) ? std::nullopt : cache_.insertAhead(brick.key);
  if (slot)
    upload(*slot, std::move(brick));
  else
    ++aheadWasted_;
}

AheadCounts Pager::aheadCounts() const {
  return {.loaded = aheadLoaded_,
          .used = aheadUsed_ + cache_.aheadUsed(),
          .wasted = aheadWasted_ + cache_.aheadWasted(),
          .resident = cache_.aheadCount()};
}

// Ancestors are always asked for: they are seen until the finer bricks are there, and in their place decide how far a
// ray goes.
bool Pager::isAskedFor(const WantedBrick& brick) const {
  return demand_ == Demand::all || !brick.leaf || brick.coarsest || reached_.contains(brick.key);
}

void Pager::classify() {
  frame_.resident.clear();
  frame_.states.clear();
  frame_.ghosts.clear();
  frame_.levels.assign(static_cast<std::size_t>(wanted_.levelCount), {});
  frame_.missing = frame_.unreached = frame_.failed = 0;
  frame_.coarsestComplete = true;
  bool ancestorsComplete = true;
  for (const WantedBrick& brick : wanted_.bricks) {
    LevelCounts& level = frame_.levels[static_cast<std::size_t>(brick.key.level)];
    ++level.wanted;
    const auto slot = cache_.find(brick.key);
    if (slot && standsIn(brick.key) && !failed_.contains(brick.key)) {
      frame_.resident.push_back({brick.key, *slot});
      frame_.states.push_back(BrickState::resident);
      ++level.queued;
      ++frame_.missing;
    } else if (slot && !standsIn(brick.key)) {
      frame_.resident.push_back({brick.key, *slot});
      frame_.states.push_back(BrickState::resident);
      ++level.resident;
    } else if (failed_.contains(brick.key)) {
      frame_.states.push_back(BrickState::failed);
      frame_.ghosts.push_back(brick.key);
      ++level.failed;
      ++frame_.failed;
    } else {
      const bool asked = isAskedFor(brick);
      frame_.states.push_back(asked ? BrickState::missing : BrickState::unreached);
      ++(asked ? level.queued : level.unreached);
      ++(asked ? frame_.missing : frame_.unreached);
      if (brick.coarsest) frame_.coarsestComplete = false;
      if (!brick.leaf || brick.coarsest) ancestorsComplete = false;
      frame_.ghosts.push_back(brick.key);
    }
  }
  frame_.raysTell = demand_ == Demand::reached && ancestorsComplete && frame_.missing + frame_.unreached > 0;
}

void Pager::classifyPeaks() {
  frame_.peaksChanged = true;
  frame_.peaks.clear();
  LevelCounts& counts = frame_.peakCounts = {.wanted = static_cast<std::uint32_t>(peaks_.size())};
  for (const BrickKey& key : peaks_) {
    const auto slot = cache_.find(key);
    if (slot) frame_.peaks.push_back({key, *slot});
    ++(slot ? counts.resident : failed_.contains(key) ? counts.failed : counts.queued);
  }
}

/// Whether the brick's chunks are made. Adds those that are not to `unmade`.
bool Pager::isMade(const BrickKey& key, FrameVector<ChunkKey>& unmade) const {
  if (revision_ == 0) return true;
  const std::vector<LevelInfo>& levels = source_.pyramid(key.image).levels;
  if (key.level >= static_cast<int>(levels.size())) return false;
  const std::size_t before = unmade.size();
  const ChunkRange range = chunksOfBrick(levels[static_cast<std::size_t>(key.level)], key.brick);
  i64vec3 c;
  for (c.z = range.begin.z; c.z < range.end.z; ++c.z)
    for (c.y = range.begin.y; c.y < range.end.y; ++c.y)
      for (c.x = range.begin.x; c.x < range.end.x; ++c.x) {
        const ChunkKey chunk{.image = key.image, .level = key.level, .chunk = c};
        if (!growing_->isMade(chunk)) unmade.push_back(chunk);
      }
  return unmade.size() == before;
}

/// Requests the stand-in for a brick that is not made yet, if it is better than what is shown; false if there is none.
bool Pager::requestStandIn(const BrickKey& key, FrameVector<BrickKey>& ranked) {
  const std::uint64_t version = growing_->standIn(key);
  if (version == kMade) return false;
  const auto shown = standIns_.find(key);
  if (shown != standIns_.end() && shown->second == version) return true;
  asked_.tryEmplace(key, version);
  ask(key, ranked);
  return true;
}

void Pager::ask(const BrickKey& key, FrameVector<BrickKey>& ranked) const {
  if (!underWay_.contains(key)) ranked.push_back(key);
}

/// Adds the layers of the brick's level that show the planes through the brick.
void Pager::addPlane(const BrickKey& key, FrameVector<PlaneInView>& planes) const {
  for (const SlicePlane& plane : wanted_.planes) {
    if (plane.image != key.image) continue;
    const LevelInfo& level = source_.pyramid(key.image).levels[static_cast<std::size_t>(key.level)];
    const i64vec3 begin = i64vec3(key.brick) * std::int64_t{kBrickPayload};
    const i64vec3 end = glm::min(begin + std::int64_t{kBrickPayload}, level.sizeVoxels);
    const double z = plane.z / level.factor.z;  // in the level's edge space
    if (z < static_cast<double>(begin.z) || z > static_cast<double>(end.z)) continue;
    // A sample is mixed from the two layers whose middles it lies between.
    const auto layer = static_cast<std::int64_t>(std::floor(z - 0.5));
    const i64vec3 first(glm::max(begin.x - kBrickBorder, std::int64_t{0}),
                        glm::max(begin.y - kBrickBorder, std::int64_t{0}),
                        glm::clamp(layer, std::int64_t{0}, level.sizeVoxels.z - 1));
    const i64vec3 last(glm::min(end.x + kBrickBorder, level.sizeVoxels.x),
                       glm::min(end.y + kBrickBorder, level.sizeVoxels.y),
                       glm::clamp(layer + 2, std::int64_t{1}, level.sizeVoxels.z));
    const auto same = [&](const PlaneInView& part) {
      return part.image == key.image && part.level == key.level && part.begin.z == first.z;
    };
    const auto found = std::ranges::find_if(planes, same);
    if (found == planes.end())
      planes.push_back({.image = key.image, .level = key.level, .begin = first, .end = last});
    else
      found->begin = glm::min(found->begin, first), found->end = glm::max(found->end, last);
  }
}

void Pager::request() {
  constexpr std::size_t kMostPreferred = 256;  // more than are made until the next frame asks anew
  FrameVector<BrickKey> ranked;
  ranked.reserve(frame_.missing);
  FrameVector<ChunkKey> preferred, unmade;
  FrameVector<PlaneInView> planes;
  frame_.unmade = 0;
  for (std::size_t i = 0; i < wanted_.bricks.size(); ++i) {
    const WantedBrick& brick = wanted_.bricks[i];
    const bool replaces = frame_.states[i] == BrickState::resident && standsIn(brick.key);
    if (frame_.states[i] != BrickState::missing && !replaces) continue;
    unmade.clear();
    if (isMade(brick.key, unmade)) {
      if (replaces) asked_.tryEmplace(brick.key, kMade);
      ask(brick.key, ranked);
      continue;
    }
    // Leaves are what is looked at; ancestors span more, and only stand in for leaves.
    if (brick.leaf) addPlane(brick.key, planes);
    if (replaces || !brick.leaf || !requestStandIn(brick.key, ranked)) ++frame_.unmade;
    if (replaces) requestStandIn(brick.key, ranked);
    if (brick.leaf && preferred.size() < kMostPreferred)
      preferred.insert(preferred.end(), unmade.begin(), unmade.end());
  }
  if (revision_ > 0) {
    growing_->preferChunks(preferred);
    growing_->preferPlanes(planes);
  }
  // Peaks come last, when the stored bricks that decide about them are final.
  if (frame_.missing == 0)
    for (const BrickKey& key : peaks_)
      if (peakState(key) == BrickState::missing) ask(key, ranked);
  FrameVector<BrickKey> ahead;
  aheadPending_.clear();
  for (const BrickKey& key : ahead_)
    if (!wantedKeys_.contains(key) && !cache_.find(key) && !aheadFailed_.contains(key) && !failed_.contains(key) &&
        isMade(key, unmade) && aheadPending_.insert(key))
      ask(key, ahead);
  loader_.replaceRequests(ranked, ahead);
}

void Pager::pinCoarsest() {
  for (const BrickKey& key : pinned_) cache_.unpin(key);
  pinned_.clear();
  // Only where whole levels are wanted: nothing of a level that is larger than the cache can stay for good.
  if (!wanted_.wholeCoarsest) return;
  for (std::size_t i = 0; i < wanted_.bricks.size(); ++i) {
    if (!wanted_.bricks[i].coarsest || frame_.states[i] != BrickState::resident) continue;
    cache_.pin(wanted_.bricks[i].key);
    pinned_.push_back(wanted_.bricks[i].key);
  }
}

void Pager::tell(FrameReport& report) const {
  report.bricksUnmade = frame_.unmade;
  report.bricksUnreached = frame_.unreached;
  report.levels = frame_.levels;
  report.peaks = frame_.peakCounts;
  report.lodBias = wanted_.bias;
  report.slots = cache_.slotCount();
  report.slotsUsed = cache_.usedCount();
  report.pageHits = hits_;
  report.pageMisses = misses_;
  report.evictions = cache_.evictions();
  report.loader = loader_.stats();
  report.ahead = aheadCounts();
  report.newErrors.insert(report.newErrors.end(), frame_.newErrors.begin(), frame_.newErrors.end());
}

}  // namespace volary
