#pragma once

#include <vulkan/vulkan.h>

#include <cstddef>

namespace volary::gpu {

/// Memory that the CPU writes and commands read: a copy source, or a uniform or storage buffer.
struct Staging {
  std::byte* mapped = nullptr;       ///< where the CPU writes
  VkBuffer buffer = VK_NULL_HANDLE;  ///< where commands find it
  VkDeviceSize offset = 0;
  VkDeviceAddress address = 0;  ///< where shaders find it, if they read by address
};

/// The strictest alignment of offsets that Vulkan demands.
constexpr VkDeviceSize kStagingAlignment = 256;
constexpr VkDeviceSize alignStaging(VkDeviceSize offset) {
  return (offset + kStagingAlignment - 1) & ~(kStagingAlignment - 1);
}

/// Gives out such memory, piece by piece.
class StagingMemory {
 public:
  virtual ~StagingMemory() = default;
  /// `bytes` that begin at a multiple of kStagingAlignment.
  virtual Staging stage(VkDeviceSize bytes) = 0;
};

}  // namespace volary::gpu
