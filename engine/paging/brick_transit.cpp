#include "paging/brick_transit.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

namespace volary {

BrickTransit::BrickTransit(gpu::Device& device, const VolumeCache& cache, std::size_t bricksPerFrame)
    : cache_(cache), bricksPerFrame_(bricksPerFrame), ring_(device, bricksPerFrame * cache.stagedBytes(), kBatches) {}

void BrickTransit::send(FrameVector<LoadedBrick> bricks) {
  assert(bricks.size() <= room());
  Batch batch;
  if (!spare_.empty()) {
    batch = std::move(spare_.back());
    spare_.pop_back();
  }
  for (LoadedBrick& brick : bricks) (brick.voxels.empty() ? withoutVoxels_ : batch.bricks).push_back(std::move(brick));
  for (const LoadedBrick& brick : batch.bricks)
    batch.staged.assign(brick.key, cache_.stage(ring_, {.slot = 0, .voxels = brick.voxels, .cells = brick.cells}));
  if (batch.bricks.empty()) return spare_.push_back(std::move(batch));
  ring_.send();
  underWay_.push_back(std::move(batch));
}

FrameVector<LoadedBrick> BrickTransit::takeArrived() {
  FrameVector<LoadedBrick> arrived;
  std::ranges::move(withoutVoxels_, std::back_inserter(arrived));
  withoutVoxels_.clear();
  arrived_.clear();
  while (ring_.takeArrived()) {
    Batch batch = std::move(underWay_.front());
    underWay_.erase(underWay_.begin());
    std::ranges::move(batch.bricks, std::back_inserter(arrived));
    for (const auto& [key, staged] : batch.staged) arrived_.assign(key, staged);
    batch.bricks.clear();
    batch.staged.clear();
    spare_.push_back(std::move(batch));
  }
  return arrived;
}

void BrickTransit::copy(gpu::Frame& frame, VolumeCache& cache, std::span<const BrickUpload> uploads) {
  FrameVector<StagedBrick> bricks;
  for (const BrickUpload& upload : uploads) bricks.emplace_back(arrived_.find(upload.key)->second).setSlot(upload.slot);
  cache.copy(frame, bricks);
}

std::size_t BrickTransit::brickCount() const {
  std::size_t count = 0;
  for (const Batch& batch : underWay_) count += batch.bricks.size();
  return count;
}

}  // namespace volary
