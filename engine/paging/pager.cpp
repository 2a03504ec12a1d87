#include "paging/pager.h"

#include <algorithm>
#include <utility>

namespace volary {

Pager::Pager(Source& source, const LoaderSettings& settings, std::uint32_t slotCount)
    : loader_(source, settings), cache_(slotCount) {}

void Pager::setWanted(const ImagePyramid& pyramid, WantedSet wanted) {
  pyramid_ = &pyramid;
  std::unordered_set<BrickKey> keys;
  keys.reserve(wanted.bricks.size());
  for (const WantedBrick& brick : wanted.bricks) keys.insert(brick.key);
  for (const BrickKey& key : keys)
    if (!wantedKeys_.contains(key)) ++(cache_.find(key) ? hits_ : misses_);
  wanted_ = std::move(wanted);
  wantedKeys_ = std::move(keys);
  dirty_ = true;
}

void Pager::retryFailed() {
  failed_.clear();
  dirty_ = true;
}

const PagerFrame& Pager::update(std::size_t maxUploads) {
  frame_.uploads.clear();
  frame_.newErrors.clear();
  frame_.changed = false;
  std::vector<LoadedBrick> finished = loader_.takeFinished(maxUploads);
  if (finished.empty() && !dirty_) return frame_;

  // Everything wanted counts as used before a slot is looked for: no wanted brick leaves for another.
  cache_.beginFrame();
  for (const WantedBrick& brick : wanted_.bricks) cache_.touch(brick.key);
  place(std::move(finished));
  classify();
  pinCoarsest();
  request();
  frame_.changed = true;
  dirty_ = false;
  return frame_;
}

void Pager::place(std::vector<LoadedBrick> finished) {
  // What is still wanted takes its slots first. The rest was read in vain, unless there is room to keep it.
  std::ranges::stable_partition(finished, [&](const LoadedBrick& b) { return wantedKeys_.contains(b.key); });
  for (LoadedBrick& brick : finished) {
    if (!brick.error.empty()) {
      if (failed_.emplace(brick.key, brick.error).second) frame_.newErrors.push_back(std::move(brick.error));
      continue;
    }
    if (cache_.find(brick.key)) continue;
    if (const auto slot = cache_.insert(brick.key)) frame_.uploads.push_back({*slot, std::move(brick.voxels)});
  }
}

void Pager::classify() {
  frame_.resident.clear();
  frame_.states.clear();
  frame_.levels.assign(pyramid_ ? pyramid_->levels.size() : 0, {});
  frame_.missing = frame_.failed = 0;
  frame_.coarsestComplete = true;
  for (const WantedBrick& brick : wanted_.bricks) {
    LevelCounts& level = frame_.levels[static_cast<std::size_t>(brick.key.level)];
    ++level.wanted;
    if (const auto slot = cache_.find(brick.key)) {
      frame_.resident.push_back({brick.key, *slot});
      frame_.states.push_back(BrickState::resident);
      ++level.resident;
    } else if (failed_.contains(brick.key)) {
      frame_.states.push_back(BrickState::failed);
      ++level.failed;
      ++frame_.failed;
    } else {
      frame_.states.push_back(BrickState::missing);
      ++level.queued;
      ++frame_.missing;
    }
  }
  if (!frame_.levels.empty()) frame_.coarsestComplete = frame_.levels.back().queued == 0;
}

void Pager::request() {
  std::vector<BrickKey> ranked;
  ranked.reserve(frame_.missing);
  for (std::size_t i = 0; i < wanted_.bricks.size(); ++i)
    if (frame_.states[i] == BrickState::missing) ranked.push_back(wanted_.bricks[i].key);
  loader_.replaceRequests(std::move(ranked));
}

void Pager::pinCoarsest() {
  for (const BrickKey& key : pinned_) cache_.unpin(key);
  pinned_.clear();
  if (!pyramid_ || wanted_.bricks.empty()) return;
  // Only where the whole coarsest level is wanted: of a level that is larger than the cache nothing can stay for good.
  const auto coarsest = static_cast<std::int32_t>(pyramid_->levels.size()) - 1;
  const ivec3 grid = brickGrid(pyramid_->levels.back());
  const std::int64_t whole = std::int64_t{grid.x} * grid.y * grid.z;
  if (frame_.levels.back().wanted != whole) return;
  for (const ResidentBrick& brick : frame_.resident) {
    if (brick.key.level != coarsest) continue;
    cache_.pin(brick.key);
    pinned_.push_back(brick.key);
  }
}

}  // namespace volary
