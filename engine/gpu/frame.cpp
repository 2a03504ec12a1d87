#include "gpu/frame.h"

#include "gpu/check.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>

namespace volary::gpu {

namespace {

constexpr VkDeviceSize kFirstStagingBytes = 1u << 20;
constexpr std::uint32_t kSetsPerPool = 32;
constexpr std::uint32_t kMaxTimings = 32;

UniqueDescriptorPool createDescriptorPool(Device& device) {
  // Generous for what a pass binds: a handful of buffers, two images.
  const std::array<VkDescriptorPoolSize, 4> sizes = {{
      {VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, kSetsPerPool},
      {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 4 * kSetsPerPool},
      {VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, 2 * kSetsPerPool},
      {VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, 2 * kSetsPerPool},
  }};
  VkDescriptorPoolCreateInfo info{VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO};
  info.maxSets = kSetsPerPool;
  info.poolSizeCount = static_cast<std::uint32_t>(sizes.size());
  info.pPoolSizes = sizes.data();
  VkDescriptorPool pool = VK_NULL_HANDLE;
  check(vkCreateDescriptorPool(device.handle(), &info, nullptr, &pool), "create a descriptor pool");
  return {device.handle(), pool};
}

Buffer createStagingBlock(Device& device, VkDeviceSize bytes) {
  return Buffer(device, std::bit_ceil(std::max(bytes, kFirstStagingBytes)),
                VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_STORAGE_BUFFER_BIT |
                    VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT | VK_BUFFER_USAGE_VERTEX_BUFFER_BIT |
                    VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT,
                BufferMemory::upload, "staging memory");
}

}  // namespace

Frame::Frame(Device& device) : device_(device) {
  VkCommandPoolCreateInfo poolInfo{VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
  poolInfo.flags = VK_COMMAND_POOL_CREATE_TRANSIENT_BIT;
  poolInfo.queueFamilyIndex = device.queueFamily();
  VkCommandPool pool = VK_NULL_HANDLE;
  check(vkCreateCommandPool(device.handle(), &poolInfo, nullptr, &pool), "create a command pool");
  commandPool_ = UniqueCommandPool(device.handle(), pool);

  VkCommandBufferAllocateInfo allocate{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO};
  allocate.commandPool = pool;
  allocate.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
  allocate.commandBufferCount = 1;
  check(vkAllocateCommandBuffers(device.handle(), &allocate, &commands_), "create a command buffer");
  device.setName(commands_, VK_OBJECT_TYPE_COMMAND_BUFFER, "frame");

  if (device.hasTimestamps()) {
    VkQueryPoolCreateInfo queryInfo{VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO};
    queryInfo.queryType = VK_QUERY_TYPE_TIMESTAMP;
    queryInfo.queryCount = 2 * kMaxTimings;
    VkQueryPool queries = VK_NULL_HANDLE;
    check(vkCreateQueryPool(device.handle(), &queryInfo, nullptr, &queries), "create timestamp queries");
    queries_ = UniqueQueryPool(device.handle(), queries);
  }
}

Staging Frame::stage(VkDeviceSize bytes) {
  VkDeviceSize begin = alignStaging(stagingUsed_);
  if (stagingBlocks_.empty() || begin + bytes > stagingBlocks_.back().bytes()) {
    stagingBlocks_.push_back(createStagingBlock(device_, bytes));
    begin = 0;
  }
  Buffer& block = stagingBlocks_.back();
  stagingUsed_ = begin + bytes;
  return {.mapped = block.mapped() + begin, .buffer = block.get(), .offset = begin, .address = block.address() + begin};
}

VkDescriptorSet Frame::allocateDescriptors(VkDescriptorSetLayout layout) {
  VkDescriptorSetAllocateInfo info{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO};
  info.descriptorSetCount = 1;
  info.pSetLayouts = &layout;
  VkDescriptorSet set = VK_NULL_HANDLE;
  for (;; ++descriptorPoolsUsed_) {
    const bool fresh = descriptorPoolsUsed_ == descriptorPools_.size();
    if (fresh) descriptorPools_.push_back(createDescriptorPool(device_));
    info.descriptorPool = descriptorPools_[descriptorPoolsUsed_].get();
    const VkResult result = vkAllocateDescriptorSets(device_.handle(), &info, &set);
    if (result == VK_SUCCESS) return set;
    const bool full = result == VK_ERROR_OUT_OF_POOL_MEMORY || result == VK_ERROR_FRAGMENTED_POOL;
    if (fresh || !full) check(result, "allocate descriptors");
  }
}

void Frame::beginTiming(const char* name) {
  if (!queries_ || timingNames_.size() == kMaxTimings) return;
  timingOpen_ = true;
  vkCmdWriteTimestamp2(commands_, VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT, queries_.get(),
                       2 * static_cast<std::uint32_t>(timingNames_.size()));
  timingNames_.emplace_back(name);
}

void Frame::endTiming() {
  if (!timingOpen_) return;
  timingOpen_ = false;
  vkCmdWriteTimestamp2(commands_, VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT, queries_.get(),
                       2 * static_cast<std::uint32_t>(timingNames_.size()) - 1);
}

void Frame::readTimings() {
  previousTimings_.clear();
  if (!queries_ || timingNames_.empty() || timelineValue_ == 0) return;
  std::array<std::uint64_t, 2 * kMaxTimings> ticks;
  check(vkGetQueryPoolResults(device_.handle(), queries_.get(), 0, 2 * static_cast<std::uint32_t>(timingNames_.size()),
                              sizeof(ticks), ticks.data(), sizeof(ticks[0]), VK_QUERY_RESULT_64_BIT),
        "read the GPU's timestamps");
  for (std::size_t i = 0; i < timingNames_.size(); ++i) {
    const double nanoseconds = static_cast<double>(ticks[2 * i + 1] - ticks[2 * i]) * device_.limits().timestampPeriod;
    previousTimings_.push_back({timingNames_[i], nanoseconds * 1e-6});
  }
}

void Frame::reset() {
  readTimings();
  timingNames_.clear();
  timingOpen_ = false;
  timelineValue_ = 0;
  check(vkResetCommandPool(device_.handle(), commandPool_.get(), 0), "reset a command pool");
  for (const UniqueDescriptorPool& pool : descriptorPools_)
    check(vkResetDescriptorPool(device_.handle(), pool.get(), 0), "reset a descriptor pool");
  descriptorPoolsUsed_ = 0;

  // A frame that needed several blocks gets one of their size together.
  if (stagingBlocks_.size() > 1) {
    VkDeviceSize total = 0;
    for (const Buffer& block : stagingBlocks_) total += block.bytes();
    stagingBlocks_.clear();
    stagingBlocks_.push_back(createStagingBlock(device_, total));
  }
  stagingUsed_ = 0;
}

FrameRing::FrameRing(Device& device, int framesInFlight) : device_(device) {
  for (int i = 0; i < framesInFlight; ++i) frames_.push_back(std::make_unique<Frame>(device));
}

FrameRing::~FrameRing() {
  // A lost device has nothing in flight any more.
  vkDeviceWaitIdle(device_.handle());
}

Frame& FrameRing::begin() {
  Frame& frame = *frames_[next_];
  if (frame.timelineValue_ > 0) device_.wait(frame.timelineValue_);
  frame.reset();
  VkCommandBufferBeginInfo begin{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  check(vkBeginCommandBuffer(frame.commands_, &begin), "begin recording a frame");
  if (frame.queries_) vkCmdResetQueryPool(frame.commands_, frame.queries_.get(), 0, 2 * kMaxTimings);
  return frame;
}

std::uint64_t FrameRing::submit(Frame& frame, std::span<const VkSemaphoreSubmitInfo> waits,
                                std::span<const VkSemaphoreSubmitInfo> signals) {
  assert(&frame == frames_[next_].get());
  check(vkEndCommandBuffer(frame.commands_), "end recording a frame");
  for (Buffer& block : frame.stagingBlocks_) block.flush();
  frame.timelineValue_ = device_.submit(frame.commands_, waits, signals);
  next_ = (next_ + 1) % frames_.size();
  return frame.timelineValue_;
}

}  // namespace volary::gpu
