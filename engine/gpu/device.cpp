#include "gpu/device.h"

#include "gpu/check.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdlib>
#include <utility>

namespace volary::gpu {

namespace {

std::string preferredName(const DeviceSettings& settings) {
  const char* fromEnvironment = std::getenv("VOLARY_DEVICE");
  return fromEnvironment ? fromEnvironment : settings.preferredDevice;
}

}  // namespace

Device::Device(const DeviceSettings& settings)
    : instance_(settings.instanceExtensions, settings.validation),
      physical_(choosePhysicalDevice(instance_.get(), settings.canPresent, preferredName(settings))) {
  try {
    create(static_cast<bool>(settings.canPresent));
  } catch (...) {
    destroy();
    throw;
  }
}

Device::~Device() { destroy(); }

void Device::create(bool present) {
  const float priority = 1.0f;
  std::array<VkDeviceQueueCreateInfo, 2> queues{};
  for (VkDeviceQueueCreateInfo& queue : queues) {
    queue.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
    queue.queueCount = 1;
    queue.pQueuePriorities = &priority;
  }
  queues[0].queueFamilyIndex = physical_.queueFamily;
  queues[1].queueFamilyIndex = physical_.transferFamily.value_or(0);

  BaselineFeatures features;
  features.vulkan12.scalarBlockLayout = VK_TRUE;
  features.vulkan12.timelineSemaphore = VK_TRUE;
  features.vulkan12.bufferDeviceAddress = VK_TRUE;
  features.vulkan13.synchronization2 = VK_TRUE;
  features.vulkan13.dynamicRendering = VK_TRUE;
  features.vulkan13.maintenance4 = VK_TRUE;

  const char* swapchain = VK_KHR_SWAPCHAIN_EXTENSION_NAME;
  VkDeviceCreateInfo deviceInfo{VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO};
  deviceInfo.pNext = &features.head;
  deviceInfo.queueCreateInfoCount = physical_.transferFamily ? 2 : 1;
  deviceInfo.pQueueCreateInfos = queues.data();
  deviceInfo.enabledExtensionCount = present ? 1 : 0;
  deviceInfo.ppEnabledExtensionNames = &swapchain;
  check(vkCreateDevice(physical_.handle, &deviceInfo, nullptr, &device_), "open", physical_.name);
  vkGetDeviceQueue(device_, physical_.queueFamily, 0, &queue_);
  if (physical_.transferFamily) vkGetDeviceQueue(device_, *physical_.transferFamily, 0, &transferQueue_);
  if (instance_.hasDebugUtils())
    setObjectName_ = reinterpret_cast<PFN_vkSetDebugUtilsObjectNameEXT>(
        vkGetDeviceProcAddr(device_, "vkSetDebugUtilsObjectNameEXT"));

  VmaAllocatorCreateInfo allocatorInfo{};
  allocatorInfo.instance = instance_.get();
  allocatorInfo.physicalDevice = physical_.handle;
  allocatorInfo.device = device_;
  allocatorInfo.flags = VMA_ALLOCATOR_CREATE_BUFFER_DEVICE_ADDRESS_BIT;
  allocatorInfo.vulkanApiVersion = VK_API_VERSION_1_3;
  check(vmaCreateAllocator(&allocatorInfo, &allocator_), "create the GPU memory allocator");

  timeline_ = createTimeline("timeline");
  transfers_ = createTimeline("transfers");
}

Device::Timeline Device::createTimeline(const char* name) const {
  VkSemaphoreTypeCreateInfo type{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO};
  type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
  VkSemaphoreCreateInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
  info.pNext = &type;
  VkSemaphore semaphore = VK_NULL_HANDLE;
  check(vkCreateSemaphore(device_, &info, nullptr, &semaphore), "create a timeline");
  setName(semaphore, VK_OBJECT_TYPE_SEMAPHORE, name);
  return {.semaphore = UniqueSemaphore(device_, semaphore)};
}

void Device::destroy() noexcept {
  if (device_ == VK_NULL_HANDLE) return;
  vkDeviceWaitIdle(device_);
  retired_.clear();
  timeline_ = {};
  transfers_ = {};
  if (allocator_ != VK_NULL_HANDLE) vmaDestroyAllocator(allocator_);
  vkDestroyDevice(device_, nullptr);
}

VkFormatFeatureFlags Device::optimalFeatures(VkFormat format) const {
  VkFormatProperties properties;
  vkGetPhysicalDeviceFormatProperties(physical_.handle, format, &properties);
  return properties.optimalTilingFeatures;
}

std::uint64_t Device::submit(VkCommandBuffer commands, std::span<const VkSemaphoreSubmitInfo> waits,
                             std::span<const VkSemaphoreSubmitInfo> signals) {
  std::array<VkSemaphoreSubmitInfo, 1 + kMaxSemaphores> allWaits{};
  assert(waits.size() <= kMaxSemaphores);
  auto end = std::ranges::copy(waits, allWaits.begin()).out;
  if (std::exchange(transfersUnseen_, false)) {
    // They have run: the wait takes no time, and makes what they wrote visible from here on.
    end->sType = VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO;
    end->semaphore = transfers_.semaphore.get();
    end->value = transferred_;
    end->stageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT;
    ++end;
  }
  const std::uint64_t value = submit(queue_, timeline_, commands, std::span(allWaits.begin(), end), signals);
  retired_.collect(completed());
  return value;
}

std::uint64_t Device::submitTransfer(VkCommandBuffer commands) {
  return submit(transferQueue_, transfers_, commands, {}, {});
}

std::uint64_t Device::submit(VkQueue queue, Timeline& timeline, VkCommandBuffer commands,
                             std::span<const VkSemaphoreSubmitInfo> waits,
                             std::span<const VkSemaphoreSubmitInfo> signals) {
  VkSemaphoreSubmitInfo done{VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO};
  done.semaphore = timeline.semaphore.get();
  done.value = timeline.submitted + 1;
  done.stageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT;
  std::array<VkSemaphoreSubmitInfo, 1 + kMaxSemaphores> allSignals{done};
  assert(signals.size() <= kMaxSemaphores);
  std::ranges::copy(signals, allSignals.begin() + 1);

  VkCommandBufferSubmitInfo commandInfo{VK_STRUCTURE_TYPE_COMMAND_BUFFER_SUBMIT_INFO};
  commandInfo.commandBuffer = commands;
  VkSubmitInfo2 info{VK_STRUCTURE_TYPE_SUBMIT_INFO_2};
  info.waitSemaphoreInfoCount = static_cast<std::uint32_t>(waits.size());
  info.pWaitSemaphoreInfos = waits.data();
  info.commandBufferInfoCount = 1;
  info.pCommandBufferInfos = &commandInfo;
  info.signalSemaphoreInfoCount = static_cast<std::uint32_t>(1 + signals.size());
  info.pSignalSemaphoreInfos = allSignals.data();
  check(vkQueueSubmit2(queue, 1, &info, VK_NULL_HANDLE), "submit commands to", physical_.name);
  return ++timeline.submitted;
}

std::uint64_t Device::completed(const Timeline& timeline) const {
  std::uint64_t value = 0;
  check(vkGetSemaphoreCounterValue(device_, timeline.semaphore.get(), &value), "ask for the progress of",
        physical_.name);
  return value;
}

void Device::wait(const Timeline& timeline, std::uint64_t value, std::uint64_t timeoutNs) const {
  const VkSemaphore semaphore = timeline.semaphore.get();
  VkSemaphoreWaitInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO};
  info.semaphoreCount = 1;
  info.pSemaphores = &semaphore;
  info.pValues = &value;
  const VkResult result = vkWaitSemaphores(device_, &info, timeoutNs);
  if (result != VK_TIMEOUT) check(result, "wait for", physical_.name);
}

void Device::wait(std::uint64_t value) {
  wait(timeline_, value, UINT64_MAX);
  retired_.collect(completed());
}

bool Device::hasTransferred(std::uint64_t value) {
  const std::uint64_t now = completed(transfers_);
  transfersUnseen_ |= std::exchange(transferred_, now) != now;
  return transferred_ >= value;
}

void Device::waitForTransfer(std::uint64_t value, std::chrono::nanoseconds timeout) {
  wait(transfers_, value, static_cast<std::uint64_t>(timeout.count()));
}

void Device::waitIdle() {
  check(vkDeviceWaitIdle(device_), "wait for", physical_.name);
  retired_.collect(completed());
}

void Device::setNameOf(std::uint64_t handle, VkObjectType type, const char* objectName) const {
  if (!setObjectName_) return;
  VkDebugUtilsObjectNameInfoEXT info{VK_STRUCTURE_TYPE_DEBUG_UTILS_OBJECT_NAME_INFO_EXT};
  info.objectType = type;
  info.objectHandle = handle;
  info.pObjectName = objectName;
  check(setObjectName_(device_, &info), "name a GPU object");
}

void runCommands(Device& device, const std::function<void(VkCommandBuffer)>& record) {
  VkCommandPoolCreateInfo poolInfo{VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
  poolInfo.flags = VK_COMMAND_POOL_CREATE_TRANSIENT_BIT;
  poolInfo.queueFamilyIndex = device.queueFamily();
  VkCommandPool poolHandle = VK_NULL_HANDLE;
  check(vkCreateCommandPool(device.handle(), &poolInfo, nullptr, &poolHandle), "create a command pool");
  const UniqueCommandPool pool(device.handle(), poolHandle);

  VkCommandBufferAllocateInfo allocate{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO};
  allocate.commandPool = poolHandle;
  allocate.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
  allocate.commandBufferCount = 1;
  VkCommandBuffer commands = VK_NULL_HANDLE;
  check(vkAllocateCommandBuffers(device.handle(), &allocate, &commands), "create a command buffer");

  VkCommandBufferBeginInfo begin{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  check(vkBeginCommandBuffer(commands, &begin), "begin recording");
  record(commands);
  check(vkEndCommandBuffer(commands), "end recording");
  device.wait(device.submit(commands));
}

}  // namespace volary::gpu
