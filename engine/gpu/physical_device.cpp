#include "gpu/physical_device.h"

#include "base/error.h"
#include "gpu/check.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <optional>
#include <vector>

namespace volary::gpu {

namespace {

std::string lowerCase(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The higher, the better.
int rankOf(VkPhysicalDeviceType type) {
  switch (type) {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU: return 4;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU: return 3;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU: return 2;
    case VK_PHYSICAL_DEVICE_TYPE_CPU: return 1;
    default: return 0;
  }
}

std::vector<std::string> missingFeatures(VkPhysicalDevice device) {
  BaselineFeatures has;
  vkGetPhysicalDeviceFeatures2(device, &has.head);
  std::vector<std::string> missing;
  if (!has.vulkan12.scalarBlockLayout) missing.emplace_back("scalarBlockLayout");
  if (!has.vulkan12.timelineSemaphore) missing.emplace_back("timelineSemaphore");
  if (!has.vulkan12.bufferDeviceAddress) missing.emplace_back("bufferDeviceAddress");
  if (!has.vulkan13.synchronization2) missing.emplace_back("synchronization2");
  if (!has.vulkan13.dynamicRendering) missing.emplace_back("dynamicRendering");
  if (!has.vulkan13.maintenance4) missing.emplace_back("maintenance4");
  return missing;
}

bool hasSwapchain(VkPhysicalDevice device) {
  std::uint32_t count = 0;
  check(vkEnumerateDeviceExtensionProperties(device, nullptr, &count, nullptr), "list a device's extensions");
  std::vector<VkExtensionProperties> all(count);
  check(vkEnumerateDeviceExtensionProperties(device, nullptr, &count, all.data()), "list a device's extensions");
  return std::ranges::any_of(
      all, [](const auto& one) { return std::strcmp(one.extensionName, VK_KHR_SWAPCHAIN_EXTENSION_NAME) == 0; });
}

std::uint64_t findMaxBufferBytes(VkPhysicalDevice device) {
  VkPhysicalDeviceVulkan11Properties vulkan11{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES};
  VkPhysicalDeviceVulkan13Properties vulkan13{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_PROPERTIES};
  VkPhysicalDeviceProperties2 head{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2};
  head.pNext = &vulkan11;
  vulkan11.pNext = &vulkan13;
  vkGetPhysicalDeviceProperties2(device, &head);
  return std::min(vulkan11.maxMemoryAllocationSize, vulkan13.maxBufferSize);
}

std::vector<VkQueueFamilyProperties> listFamilies(VkPhysicalDevice device) {
  std::uint32_t count = 0;
  vkGetPhysicalDeviceQueueFamilyProperties(device, &count, nullptr);
  std::vector<VkQueueFamilyProperties> families(count);
  vkGetPhysicalDeviceQueueFamilyProperties(device, &count, families.data());
  return families;
}

std::optional<std::uint32_t> findFamily(VkInstance instance, VkPhysicalDevice device, const CanPresent& canPresent,
                                        const std::vector<VkQueueFamilyProperties>& families) {
  constexpr VkQueueFlags kNeeded = VK_QUEUE_GRAPHICS_BIT | VK_QUEUE_COMPUTE_BIT;
  for (std::uint32_t i = 0; i < families.size(); ++i)
    if ((families[i].queueFlags & kNeeded) == kNeeded && (!canPresent || canPresent(instance, device, i))) return i;
  return std::nullopt;
}

/// Families of video engines copy too, but are not meant for it.
std::optional<std::uint32_t> findTransferFamily(const std::vector<VkQueueFamilyProperties>& families) {
  constexpr VkQueueFlags kCopies = VK_QUEUE_TRANSFER_BIT | VK_QUEUE_SPARSE_BINDING_BIT | VK_QUEUE_PROTECTED_BIT;
  for (std::uint32_t i = 0; i < families.size(); ++i)
    if ((families[i].queueFlags & VK_QUEUE_TRANSFER_BIT) && (families[i].queueFlags & ~kCopies) == 0) return i;
  return std::nullopt;
}

}  // namespace

BaselineFeatures::BaselineFeatures() {
  head.pNext = &vulkan12;
  vulkan12.pNext = &vulkan13;
}

PhysicalDevice choosePhysicalDevice(VkInstance instance, const CanPresent& canPresent, const std::string& preferred) {
  std::uint32_t count = 0;
  check(vkEnumeratePhysicalDevices(instance, &count, nullptr), "list the Vulkan devices");
  std::vector<VkPhysicalDevice> handles(count);
  check(vkEnumeratePhysicalDevices(instance, &count, handles.data()), "list the Vulkan devices");
  if (count == 0) fail("there is no Vulkan device; the software device is in the package mesa-vulkan-drivers");

  std::optional<PhysicalDevice> best;
  std::vector<std::string> refusals;
  for (const VkPhysicalDevice handle : handles) {
    VkPhysicalDeviceProperties properties;
    vkGetPhysicalDeviceProperties(handle, &properties);
    const std::string name = properties.deviceName;
    const auto refuse = [&](const std::string& why) { refusals.push_back(fmt::format("{} {}", name, why)); };

    if (lowerCase(name).find(lowerCase(preferred)) == std::string::npos) {
      refuse(fmt::format("is not named \"{}\"", preferred));
      continue;
    }
    if (properties.apiVersion < VK_API_VERSION_1_3) {
      refuse(fmt::format("has Vulkan {}.{}", VK_API_VERSION_MAJOR(properties.apiVersion),
                         VK_API_VERSION_MINOR(properties.apiVersion)));
      continue;
    }
    if (const auto missing = missingFeatures(handle); !missing.empty()) {
      refuse(fmt::format("lacks {}", fmt::join(missing, ", ")));
      continue;
    }
    if (canPresent && !hasSwapchain(handle)) {
      refuse("can't show pictures in a window");
      continue;
    }
    const std::vector<VkQueueFamilyProperties> families = listFamilies(handle);
    const auto family = findFamily(instance, handle, canPresent, families);
    if (!family) {
      refuse(canPresent ? "can't draw in this window" : "has no queue for graphics and compute");
      continue;
    }
    if (!best || rankOf(properties.deviceType) > rankOf(best->type))
      best = PhysicalDevice{.handle = handle,
                            .name = name,
                            .type = properties.deviceType,
                            .limits = properties.limits,
                            .maxBufferBytes = findMaxBufferBytes(handle),
                            .queueFamily = *family,
                            .timestampValidBits = families[*family].timestampValidBits,
                            .transferFamily = findTransferFamily(families)};
  }
  if (!best) fail("no Vulkan 1.3 device fits: {}", fmt::join(refusals, "; "));
  return *best;
}

}  // namespace volary::gpu
