#pragma once

#include "gpu/buffer.h"
#include "gpu/device.h"
#include "gpu/staging.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <vector>

namespace volary::gpu {

/// Copies from the CPU's memory to the device's by the transfer queue, beside the frames. Nothing waits for it in a
/// frame: what has arrived is read, what has not is left to a later one.
///
/// Batches take turns: one is filled, others are under way, and a frame reads one that has arrived. Invariants: a batch
/// is filled only when its copy, and the frame that read it, have run; batches arrive as they were sent.
class TransferRing final : public StagingMemory {
 public:
  /// The device has a transferFamily(). Throws Error if the memory is exhausted: twice `batchBytes` a batch.
  TransferRing(Device& device, VkDeviceSize batchBytes, int batchCount = 3);
  /// Waits until all that was sent has arrived.
  ~TransferRing() override;
  TransferRing(const TransferRing&) = delete;
  TransferRing& operator=(const TransferRing&) = delete;

  VkDeviceSize batchBytes() const { return batchBytes_; }

  /// Whether there is a batch to be filled.
  bool canSend() const;
  /// A piece of that batch, whose pieces together have at most batchBytes(): the CPU's memory to write to, and the
  /// place in the device's memory that it will be copied to.
  Staging stage(VkDeviceSize bytes) override;
  /// Sends what was staged, at least one piece.
  void send();

  /// Takes the oldest batch that is under way, if it has arrived: the frame that is being recorded may read the
  /// device's memory.
  bool takeArrived();
  bool anyUnderWay() const { return !underWay_.empty(); }
  /// Waits until takeArrived() would take one that is under way, or `timeout`.
  void wait(std::chrono::nanoseconds timeout);

 private:
  struct Batch {
    Buffer upload;
    Buffer arrival;
    UniqueCommandPool pool;
    VkCommandBuffer commands = VK_NULL_HANDLE;
    std::uint64_t sent = 0;    // on the timeline of the transfers
    std::uint64_t readBy = 0;  // on that of the frames
  };

  Device& device_;
  VkDeviceSize batchBytes_;
  std::vector<Batch> batches_;
  std::deque<std::size_t> free_;      // in the order in which they were read
  std::deque<std::size_t> underWay_;  // in the order in which they were sent
  VkDeviceSize used_ = 0;             // of the batch that is being filled
};

}  // namespace volary::gpu
