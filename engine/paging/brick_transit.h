#pragma once

#include "base/frame_memory.h"
#include "gpu/transfer_ring.h"
#include "paging/pager.h"
#include "pyramid/brick_map.h"
#include "render/volume_cache.h"
#include "streaming/loaded_brick.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace volary {

/// Finished bricks on their way to the device's memory through its transfer queue. A frame copies those that have
/// arrived, and waits for none. Used only if the device has such a queue; otherwise frames copy from the CPU's memory.
class BrickTransit {
 public:
  /// Sends at most `bricksPerFrame` at once. Throws Error if the memory is exhausted.
  BrickTransit(gpu::Device& device, const VolumeCache& cache, std::size_t bricksPerFrame);

  /// How many bricks send() takes now.
  std::size_t room() const { return ring_.canSend() ? bricksPerFrame_ : 0; }
  /// Sends the voxels of bricks of the cache's format, and keeps the bricks until they have arrived.
  void send(FrameVector<LoadedBrick> bricks);
  /// The bricks that have arrived, as they were given to send(). Those without voxels arrive at once.
  FrameVector<LoadedBrick> takeArrived();
  /// Records the copies of bricks of the last takeArrived() into their slots.
  void copy(gpu::Frame& frame, VolumeCache& cache, std::span<const BrickUpload> uploads);

  bool anyUnderWay() const { return ring_.anyUnderWay(); }
  /// Waits until bricks have arrived, or `timeout`.
  void wait(std::chrono::milliseconds timeout) { ring_.wait(timeout); }

  std::size_t brickCount() const;
  /// The most that brickCount() can be.
  std::size_t mostBricks() const { return kBatches * bricksPerFrame_; }

 private:
  static constexpr int kBatches = 3;

  struct Batch {
    std::vector<LoadedBrick> bricks;
    BrickMap<StagedBrick> staged;
  };

  const VolumeCache& cache_;
  std::size_t bricksPerFrame_;
  gpu::TransferRing ring_;
  std::vector<Batch> underWay_;  // in the ring's order
  std::vector<Batch> spare_;     // empty, for their memory
  std::vector<LoadedBrick> withoutVoxels_;
  BrickMap<StagedBrick> arrived_;
};

}  // namespace volary
