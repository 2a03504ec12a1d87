#pragma once

#include "pyramid/page_voxel.h"

#include <vulkan/vulkan.h>

namespace volary {

/// How page voxels stand in an image that the passes sample.
constexpr VkFormat pageImageFormat(PageFormat format) {
  switch (format) {
    case PageFormat::r8: return VK_FORMAT_R8_UNORM;
    case PageFormat::r16: return VK_FORMAT_R16_UNORM;
    case PageFormat::r32f: break;
  }
  return VK_FORMAT_R32_SFLOAT;
}

inline constexpr VkImageUsageFlags kPageImageUsage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
inline constexpr VkImageLayout kPageImageLayout = VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL;

}  // namespace volary
