#pragma once

#include <vulkan/vulkan.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace volary::gpu {

/// Whether a device's queue family can show pictures in the window at hand.
using CanPresent = std::function<bool(VkInstance, VkPhysicalDevice, std::uint32_t family)>;

/// The device that was chosen among those of the machine.
struct PhysicalDevice {
  VkPhysicalDevice handle = VK_NULL_HANDLE;
  std::string name;
  VkPhysicalDeviceType type = VK_PHYSICAL_DEVICE_TYPE_OTHER;
  VkPhysicalDeviceLimits limits{};
  std::uint64_t maxBufferBytes = 0;      ///< of one buffer
  std::uint32_t queueFamily = 0;         ///< does graphics and compute, and presents if that was asked for
  std::uint32_t timestampValidBits = 0;  ///< of that family; 0 = it has no timestamps
  /// A family that copies and does nothing else, beside the other one's work.
  std::optional<std::uint32_t> transferFamily;
};

/// The features of the baseline (see Device), as a chain for vkGetPhysicalDeviceFeatures2 and vkCreateDevice. Not
/// copyable: its parts point at each other.
struct BaselineFeatures {
  BaselineFeatures();
  BaselineFeatures(const BaselineFeatures&) = delete;
  BaselineFeatures& operator=(const BaselineFeatures&) = delete;

  VkPhysicalDeviceFeatures2 head{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2};
  VkPhysicalDeviceVulkan12Features vulkan12{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES};
  VkPhysicalDeviceVulkan13Features vulkan13{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES};
};

/// Chooses the best device that meets the baseline. `preferred` is a part of the name, letter case ignored; empty = the
/// best kind. Throws Error that says of each device why it was refused.
PhysicalDevice choosePhysicalDevice(VkInstance instance, const CanPresent& canPresent, const std::string& preferred);

}  // namespace volary::gpu
