#include "gpu/check.h"

#include <fmt/format.h>

#include <string>

namespace volary::gpu {

std::string_view resultName(VkResult result) {
  switch (result) {
    case VK_SUCCESS: return "VK_SUCCESS";
    case VK_NOT_READY: return "VK_NOT_READY";
    case VK_TIMEOUT: return "VK_TIMEOUT";
    case VK_INCOMPLETE: return "VK_INCOMPLETE";
    case VK_SUBOPTIMAL_KHR: return "VK_SUBOPTIMAL_KHR";
    case VK_ERROR_OUT_OF_HOST_MEMORY: return "out of host memory";
    case VK_ERROR_OUT_OF_DEVICE_MEMORY: return "out of GPU memory";
    case VK_ERROR_INITIALIZATION_FAILED: return "VK_ERROR_INITIALIZATION_FAILED";
    case VK_ERROR_DEVICE_LOST: return "the graphics device was lost";
    case VK_ERROR_MEMORY_MAP_FAILED: return "VK_ERROR_MEMORY_MAP_FAILED";
    case VK_ERROR_LAYER_NOT_PRESENT: return "a Vulkan layer is not installed";
    case VK_ERROR_EXTENSION_NOT_PRESENT: return "a Vulkan extension is not supported";
    case VK_ERROR_FEATURE_NOT_PRESENT: return "a Vulkan feature is not supported";
    case VK_ERROR_INCOMPATIBLE_DRIVER: return "no Vulkan driver is installed";
    case VK_ERROR_FORMAT_NOT_SUPPORTED: return "VK_ERROR_FORMAT_NOT_SUPPORTED";
    case VK_ERROR_OUT_OF_POOL_MEMORY: return "VK_ERROR_OUT_OF_POOL_MEMORY";
    case VK_ERROR_FRAGMENTED_POOL: return "VK_ERROR_FRAGMENTED_POOL";
    case VK_ERROR_SURFACE_LOST_KHR: return "the window's surface was lost";
    case VK_ERROR_OUT_OF_DATE_KHR: return "VK_ERROR_OUT_OF_DATE_KHR";
    case VK_ERROR_NATIVE_WINDOW_IN_USE_KHR: return "VK_ERROR_NATIVE_WINDOW_IN_USE_KHR";
    default: return "an unknown Vulkan error";
  }
}

void check(VkResult result, std::string_view action, std::string_view object) {
  if (result == VK_SUCCESS) return;
  const std::string sentence = fmt::format("can't {}{}{}: {} (Vulkan {})", action, object.empty() ? "" : " ", object,
                                           resultName(result), static_cast<int>(result));
  switch (result) {
    case VK_ERROR_DEVICE_LOST:
    case VK_ERROR_SURFACE_LOST_KHR: throw Lost(sentence);
    case VK_ERROR_OUT_OF_DEVICE_MEMORY: throw OutOfMemory(sentence);
    default: throw Error(sentence);
  }
}

}  // namespace volary::gpu
