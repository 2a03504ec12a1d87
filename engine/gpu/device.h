#pragma once

#include "gpu/instance.h"
#include "gpu/physical_device.h"
#include "gpu/retire_queue.h"
#include "gpu/unique.h"

#include <vk_mem_alloc.h>
#include <vulkan/vulkan.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace volary::gpu {

struct DeviceSettings {
  /// Instance extensions that a window needs (glfwGetRequiredInstanceExtensions); empty without a window.
  std::vector<const char*> instanceExtensions;
  /// Whether a queue family can show pictures in the window. If set, the device has VK_KHR_swapchain too.
  CanPresent canPresent;
  /// With the validation layer and its synchronization checks. Throws Error if the layer is not installed.
  Validation validation = Validation::off;
  /// A part of the device's name, letter case ignored. The environment's VOLARY_DEVICE wins over it. Empty: the best
  /// kind of device there is: discrete, integrated, virtual, software.
  std::string preferredDevice;
};

/// The Vulkan device, its queues and its memory; knows nothing of volumes.
///
/// Baseline: Vulkan 1.3 with synchronization2, dynamicRendering, maintenance4, scalarBlockLayout, timelineSemaphore
/// and bufferDeviceAddress.
/// One queue of one family, the main queue, does graphics, compute, copies and, if asked for, presentation. All of its
/// work is ordered on one timeline: each submission has the next value. If the device has a family for copies alone,
/// there is also a transfer queue of that family, with a timeline of its own. One thread (the render thread) uses the
/// device; createComputePipeline() alone may be called by any, also at the same time. Everything that was made from the
/// device must be gone before it is.
class Device {
 public:
  /// Throws Error if there is no device that fits, saying why each was refused.
  explicit Device(const DeviceSettings& settings);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  VkInstance instance() const { return instance_.get(); }
  VkPhysicalDevice physical() const { return physical_.handle; }
  VkDevice handle() const { return device_; }
  VkQueue queue() const { return queue_; }
  std::uint32_t queueFamily() const { return physical_.queueFamily; }
  std::optional<std::uint32_t> transferFamily() const { return physical_.transferFamily; }
  VmaAllocator allocator() const { return allocator_; }
  const std::string& name() const { return physical_.name; }
  /// True if the "device" is this machine's processor.
  bool isSoftware() const { return physical_.type == VK_PHYSICAL_DEVICE_TYPE_CPU; }
  const VkPhysicalDeviceLimits& limits() const { return physical_.limits; }
  std::uint64_t maxBufferBytes() const { return physical_.maxBufferBytes; }
  bool hasTimestamps() const { return physical_.timestampValidBits > 0; }
  VkFormatFeatureFlags optimalFeatures(VkFormat format) const;

  /// Submits recorded commands; returns the value that the timeline reaches when they have run. At most kMaxSemaphores
  /// of a kind.
  static constexpr std::size_t kMaxSemaphores = 4;
  std::uint64_t submit(VkCommandBuffer commands, std::span<const VkSemaphoreSubmitInfo> waits = {},
                       std::span<const VkSemaphoreSubmitInfo> signals = {});
  /// The timeline value of the last submission, and of the last one that has run.
  std::uint64_t submitted() const { return timeline_.submitted; }
  std::uint64_t completed() const { return completed(timeline_); }
  /// Waits until the timeline has reached `value`. Throws Error if the device was lost.
  void wait(std::uint64_t value);
  void waitIdle();

  /// Submits copies to the transfer queue; returns their value on its timeline.
  std::uint64_t submitTransfer(VkCommandBuffer commands);
  /// Whether they have run. If so, all that is submitted to the main queue from now on sees what they wrote.
  bool hasTransferred(std::uint64_t value);
  /// Waits for them, for `timeout` at most.
  void waitForTransfer(std::uint64_t value, std::chrono::nanoseconds timeout);

  /// The same for destructors: a lost device has nothing in flight any more.
  void settle() const noexcept { vkDeviceWaitIdle(device_); }

  /// Keeps `object` (moved in) until everything submitted so far, and the frame being recorded, has run.
  template <typename Object>
  void retire(Object object) {
    retired_.add(submitted() + 1, std::move(object));
  }

  /// The name that validation messages and debuggers show.
  template <typename Handle>
  void setName(Handle handle, VkObjectType type, const char* objectName) const {
    setNameOf(reinterpret_cast<std::uint64_t>(handle), type, objectName);
  }

  /// The messages of the validation layer since the last call: warnings and errors.
  std::vector<std::string> takeValidationMessages() { return instance_.takeMessages(); }

 private:
  void setNameOf(std::uint64_t handle, VkObjectType type, const char* objectName) const;
  /// Work that is done in order, each submission with the next value.
  struct Timeline {
    UniqueSemaphore semaphore;
    std::uint64_t submitted = 0;
  };

  void create(bool present);
  void destroy() noexcept;
  Timeline createTimeline(const char* name) const;
  std::uint64_t completed(const Timeline& timeline) const;
  void wait(const Timeline& timeline, std::uint64_t value, std::uint64_t timeoutNs) const;
  std::uint64_t submit(VkQueue queue, Timeline& timeline, VkCommandBuffer commands,
                       std::span<const VkSemaphoreSubmitInfo> waits, std::span<const VkSemaphoreSubmitInfo> signals);

  Instance instance_;
  PhysicalDevice physical_;
  VkDevice device_ = VK_NULL_HANDLE;
  VkQueue queue_ = VK_NULL_HANDLE;
  VmaAllocator allocator_ = VK_NULL_HANDLE;
  VkQueue transferQueue_ = VK_NULL_HANDLE;
  Timeline timeline_;
  Timeline transfers_;
  std::uint64_t transferred_ = 0;  // what their timeline is known to have reached
  bool transfersUnseen_ = false;   // by the main queue
  RetireQueue retired_;
  PFN_vkSetDebugUtilsObjectNameEXT setObjectName_ = nullptr;
};

/// Records commands with `record(VkCommandBuffer)`, submits them and waits until they have run. For set-up and reading
/// back, not for frames.
void runCommands(Device& device, const std::function<void(VkCommandBuffer)>& record);

}  // namespace volary::gpu
