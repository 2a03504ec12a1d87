#pragma once

#include "base/error.h"

#include <vulkan/vulkan.h>

#include <string_view>

namespace volary::gpu {

/// The name of a result code, "VK_ERROR_DEVICE_LOST" for example.
std::string_view resultName(VkResult result);

/// The device, or the window's surface, is gone, and with it everything that was made from it. A new one may work.
class Lost : public Error {
 public:
  using Error::Error;
};

/// The GPU does not have that much memory. Less may be available.
class OutOfMemory : public Error {
 public:
  using Error::Error;
};

/// Unless `result` is VK_SUCCESS, throws Error or one of those above: one sentence that names `action` ("create the
/// page cache"), `object` (the end of the action, if it goes on) and the cause. For calls whose other codes are no
/// normal outcome.
void check(VkResult result, std::string_view action, std::string_view object = {});

}  // namespace volary::gpu
