#pragma once

#include <vulkan/vulkan.h>

#include <string_view>

namespace volary::gpu {

/// The name of a result code, "VK_ERROR_DEVICE_LOST" for example.
std::string_view resultName(VkResult result);

/// Throws Error, one sentence that names `action` ("create the page cache") and the cause, unless `result` is
/// VK_SUCCESS. For calls whose other codes are no normal outcome.
void check(VkResult result, std::string_view action);

}  // namespace volary::gpu
