#include "paging/brick_transit.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

namespace volary {

BrickTransit::BrickTransit(gpu::Device& device, const VolumeCache& cache, std::size_t bricksPerFrame)
    : cache_(cache), bricksPerFrame_(bricksPerFrame), ring_(device, bricksPerFrame * cache.stagedBytes(), kBatches) {}

void BrickTransit::send(std::vector<LoadedBrick> bricks) {
  assert(bricks.size() <= room());
  const auto voxels = std::ranges::partition(bricks, [](const LoadedBrick& brick) { return brick.voxels.empty(); });
  std::move(bricks.begin(), voxels.begin(), std::back_inserter(withoutVoxels_));
  bricks.erase(bricks.begin(), voxels.begin());
  if (bricks.empty()) return;
  Batch batch{.bricks = std::move(bricks), .staged = {}};
  for (const LoadedBrick& brick : batch.bricks)
    batch.staged.emplace(brick.key, cache_.stage(ring_, {.slot = 0, .voxels = brick.voxels, .cells = brick.cells}));
  ring_.send();
  underWay_.push_back(std::move(batch));
}

std::vector<LoadedBrick> BrickTransit::takeArrived() {
  std::vector<LoadedBrick> arrived = std::exchange(withoutVoxels_, {});
  arrived_.clear();
  while (ring_.takeArrived()) {
    Batch& batch = underWay_.front();
    std::ranges::move(batch.bricks, std::back_inserter(arrived));
    arrived_.merge(batch.staged);
    underWay_.pop_front();
  }
  return arrived;
}

void BrickTransit::copy(gpu::Frame& frame, VolumeCache& cache, std::span<const BrickUpload> uploads) {
  std::vector<StagedBrick> bricks;
  for (const BrickUpload& upload : uploads) bricks.emplace_back(arrived_.at(upload.key)).setSlot(upload.slot);
  cache.copy(frame, bricks);
}

std::size_t BrickTransit::brickCount() const {
  std::size_t count = 0;
  for (const Batch& batch : underWay_) count += batch.bricks.size();
  return count;
}

}  // namespace volary
