#pragma once

#include <vulkan/vulkan.h>

#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace volary::gpu {

enum class Validation { off, on };

/// The Vulkan instance, and what its validation layer says.
class Instance {
 public:
  /// Throws Error if there is no loader for Vulkan 1.3, an extension is missing, or the validation layer is asked for
  /// and not installed.
  Instance(std::span<const char* const> extensions, Validation validation);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  VkInstance get() const { return instance_; }
  /// Whether objects can be named.
  bool hasDebugUtils() const { return hasDebugUtils_; }

  /// The messages since the last call. Any thread.
  std::vector<std::string> takeMessages();

 private:
  static VKAPI_ATTR VkBool32 VKAPI_CALL onMessage(VkDebugUtilsMessageSeverityFlagBitsEXT severity,
                                                  VkDebugUtilsMessageTypeFlagsEXT types,
                                                  const VkDebugUtilsMessengerCallbackDataEXT* data, void* instance);

  VkInstance instance_ = VK_NULL_HANDLE;
  VkDebugUtilsMessengerEXT messenger_ = VK_NULL_HANDLE;
  bool hasDebugUtils_ = false;
  std::mutex mutex_;
  std::vector<std::string> messages_;  // under mutex_
};

}  // namespace volary::gpu
