#pragma once

#include "gpu/device.h"

namespace volary::gpu {

struct ImageSettings {
  VkImageType type = VK_IMAGE_TYPE_2D;
  VkFormat format = VK_FORMAT_R8G8B8A8_UNORM;
  VkExtent3D extent{1, 1, 1};
  VkImageUsageFlags usage = 0;
  const char* name = "image";
};

/// An image with its memory and a view of all of it: one mip level, one layer. Move-only; retire() it if the GPU may
/// still use it. New images have VK_IMAGE_LAYOUT_UNDEFINED.
class Image {
 public:
  Image() = default;
  /// Throws Error if the memory is exhausted.
  Image(Device& device, const ImageSettings& settings);
  ~Image();
  Image(Image&& other) noexcept;
  Image& operator=(Image&& other) noexcept;

  VkImage get() const { return image_; }
  VkImageView view() const { return view_.get(); }
  VkFormat format() const { return format_; }
  VkExtent3D extent() const { return extent_; }

 private:
  VmaAllocator allocator_ = VK_NULL_HANDLE;
  VkImage image_ = VK_NULL_HANDLE;
  VmaAllocation allocation_ = VK_NULL_HANDLE;
  UniqueImageView view_;
  VkFormat format_ = VK_FORMAT_UNDEFINED;
  VkExtent3D extent_{};
};

}  // namespace volary::gpu
