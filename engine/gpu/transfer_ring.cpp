#include "gpu/transfer_ring.h"

#include "gpu/check.h"

#include <cassert>

namespace volary::gpu {

TransferRing::TransferRing(Device& device, VkDeviceSize batchBytes, int batchCount)
    : device_(device), batchBytes_(batchBytes) {
  assert(device.transferFamily());
  for (int i = 0; i < batchCount; ++i) {
    Batch batch;
    batch.upload =
        Buffer(device, batchBytes, VK_BUFFER_USAGE_TRANSFER_SRC_BIT, BufferMemory::upload, "transfers to be sent");
    batch.arrival = Buffer(device, batchBytes, VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
                           BufferMemory::arrivals, "transfers that arrive");
    VkCommandPoolCreateInfo poolInfo{VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
    poolInfo.flags = VK_COMMAND_POOL_CREATE_TRANSIENT_BIT;
    poolInfo.queueFamilyIndex = *device.transferFamily();
    VkCommandPool pool = VK_NULL_HANDLE;
    check(vkCreateCommandPool(device.handle(), &poolInfo, nullptr, &pool), "create a command pool");
    batch.pool = UniqueCommandPool(device.handle(), pool);

    VkCommandBufferAllocateInfo allocate{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO};
    allocate.commandPool = pool;
    allocate.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
    allocate.commandBufferCount = 1;
    check(vkAllocateCommandBuffers(device.handle(), &allocate, &batch.commands), "create a command buffer");
    device.setName(batch.commands, VK_OBJECT_TYPE_COMMAND_BUFFER, "transfer");
    free_.push_back(batches_.size());
    batches_.push_back(std::move(batch));
  }
}

TransferRing::~TransferRing() { device_.settle(); }

bool TransferRing::canSend() const { return !free_.empty() && batches_[free_.front()].readBy <= device_.completed(); }

Staging TransferRing::stage(VkDeviceSize bytes) {
  const VkDeviceSize begin = alignStaging(used_);
  assert(!free_.empty() && begin + bytes <= batchBytes_);
  used_ = begin + bytes;
  const Batch& batch = batches_[free_.front()];
  return {.mapped = batch.upload.mapped() + begin, .buffer = batch.arrival.get(), .offset = begin};
}

void TransferRing::send() {
  assert(used_ > 0);
  Batch& batch = batches_[free_.front()];
  batch.upload.flush();
  check(vkResetCommandPool(device_.handle(), batch.pool.get(), 0), "reset a command pool");
  VkCommandBufferBeginInfo begin{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  check(vkBeginCommandBuffer(batch.commands, &begin), "begin recording a transfer");
  const VkBufferCopy copy{0, 0, used_};
  vkCmdCopyBuffer(batch.commands, batch.upload.get(), batch.arrival.get(), 1, &copy);
  check(vkEndCommandBuffer(batch.commands), "end recording a transfer");
  batch.sent = device_.submitTransfer(batch.commands);
  underWay_.push_back(free_.front());
  free_.pop_front();
  used_ = 0;
}

bool TransferRing::takeArrived() {
  if (underWay_.empty() || !device_.hasTransferred(batches_[underWay_.front()].sent)) return false;
  batches_[underWay_.front()].readBy = device_.submitted() + 1;
  free_.push_back(underWay_.front());
  underWay_.pop_front();
  return true;
}

void TransferRing::wait(std::chrono::nanoseconds timeout) {
  if (!underWay_.empty()) device_.waitForTransfer(batches_[underWay_.front()].sent, timeout);
}

}  // namespace volary::gpu
