#pragma once

#include "base/error.h"

#include <vulkan/vulkan.h>

#include <string_view>

namespace volary::gpu {

/// The name of a result code, "VK_ERROR_DEVICE_LOST" for example.
std::string_view resultName(VkResult result);

/// The device, or the window's surface, is gone, and with it all that was made of it. A new one may work.
class Lost : public Error {
 public:
  using Error::Error;
};

/// The GPU has not as much memory. Less may be had.
class OutOfMemory : public Error {
 public:
  using Error::Error;
};

/// Throws Error, or one of those above, one sentence that names `action` ("create the page cache"), what it is done to
/// where that goes on, and the cause, unless `result` is VK_SUCCESS. For calls whose other codes are no normal outcome.
void check(VkResult result, std::string_view action, std::string_view object = {});

}  // namespace volary::gpu
