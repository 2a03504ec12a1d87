#include "gpu/device.h"

#include "gpu/check.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdlib>

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
  VkDeviceQueueCreateInfo queue{VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO};
  queue.queueFamilyIndex = physical_.queueFamily;
  queue.queueCount = 1;
  queue.pQueuePriorities = &priority;

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
  deviceInfo.queueCreateInfoCount = 1;
  deviceInfo.pQueueCreateInfos = &queue;
  deviceInfo.enabledExtensionCount = present ? 1 : 0;
  deviceInfo.ppEnabledExtensionNames = &swapchain;
  check(vkCreateDevice(physical_.handle, &deviceInfo, nullptr, &device_), "open " + physical_.name);
  vkGetDeviceQueue(device_, physical_.queueFamily, 0, &queue_);
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

  VkSemaphoreTypeCreateInfo timelineType{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO};
  timelineType.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
  VkSemaphoreCreateInfo timelineInfo{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
  timelineInfo.pNext = &timelineType;
  VkSemaphore timeline = VK_NULL_HANDLE;
  check(vkCreateSemaphore(device_, &timelineInfo, nullptr, &timeline), "create the timeline");
  timeline_ = UniqueSemaphore(device_, timeline);
  setName(timeline, VK_OBJECT_TYPE_SEMAPHORE, "timeline");
}

void Device::destroy() noexcept {
  if (device_ == VK_NULL_HANDLE) return;
  vkDeviceWaitIdle(device_);
  retired_.clear();
  timeline_.reset();
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
  VkSemaphoreSubmitInfo done{VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO};
  done.semaphore = timeline_.get();
  done.value = submitted_ + 1;
  done.stageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT;
  std::array<VkSemaphoreSubmitInfo, 1 + kMaxSignals> allSignals{done};
  assert(signals.size() <= kMaxSignals);
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
  check(vkQueueSubmit2(queue_, 1, &info, VK_NULL_HANDLE), "submit commands to " + physical_.name);
  ++submitted_;
  retired_.collect(completed());
  return submitted_;
}

std::uint64_t Device::completed() const {
  std::uint64_t value = 0;
  check(vkGetSemaphoreCounterValue(device_, timeline_.get(), &value), "ask how far " + physical_.name + " is");
  return value;
}

void Device::wait(std::uint64_t value) {
  const VkSemaphore timeline = timeline_.get();
  VkSemaphoreWaitInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO};
  info.semaphoreCount = 1;
  info.pSemaphores = &timeline;
  info.pValues = &value;
  check(vkWaitSemaphores(device_, &info, UINT64_MAX), "wait for " + physical_.name);
  retired_.collect(completed());
}

void Device::waitIdle() {
  check(vkDeviceWaitIdle(device_), "wait for " + physical_.name);
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
