#include "gpu/image.h"

#include "gpu/check.h"

#include <fmt/format.h>

#include <utility>

namespace volary::gpu {

Image::Image(Device& device, const ImageSettings& settings)
    : allocator_(device.allocator()), format_(settings.format), extent_(settings.extent) {
  VkImageCreateInfo info{VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO};
  info.imageType = settings.type;
  info.format = settings.format;
  info.extent = settings.extent;
  info.mipLevels = 1;
  info.arrayLayers = 1;
  info.samples = VK_SAMPLE_COUNT_1_BIT;
  info.tiling = VK_IMAGE_TILING_OPTIMAL;
  info.usage = settings.usage;
  info.initialLayout = VK_IMAGE_LAYOUT_UNDEFINED;
  VmaAllocationCreateInfo allocate{};
  allocate.usage = VMA_MEMORY_USAGE_AUTO;
  check(vmaCreateImage(allocator_, &info, &allocate, &image_, &allocation_, nullptr),
        fmt::format("create the {} ({} x {} x {} texels)", settings.name, settings.extent.width, settings.extent.height,
                    settings.extent.depth));
  device.setName(image_, VK_OBJECT_TYPE_IMAGE, settings.name);

  VkImageViewCreateInfo viewInfo{VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO};
  viewInfo.image = image_;
  viewInfo.viewType = settings.type == VK_IMAGE_TYPE_3D ? VK_IMAGE_VIEW_TYPE_3D : VK_IMAGE_VIEW_TYPE_2D;
  viewInfo.format = settings.format;
  viewInfo.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
  VkImageView view = VK_NULL_HANDLE;
  const VkResult result = vkCreateImageView(device.handle(), &viewInfo, nullptr, &view);
  if (result != VK_SUCCESS) vmaDestroyImage(allocator_, image_, allocation_);
  check(result, fmt::format("create a view of the {}", settings.name));
  view_ = UniqueImageView(device.handle(), view);
  device.setName(view, VK_OBJECT_TYPE_IMAGE_VIEW, settings.name);
}

Image::~Image() {
  view_.reset();
  if (image_ != VK_NULL_HANDLE) vmaDestroyImage(allocator_, image_, allocation_);
}

Image::Image(Image&& other) noexcept { *this = std::move(other); }

Image& Image::operator=(Image&& other) noexcept {
  std::swap(allocator_, other.allocator_);
  std::swap(image_, other.image_);
  std::swap(allocation_, other.allocation_);
  std::swap(view_, other.view_);
  std::swap(format_, other.format_);
  std::swap(extent_, other.extent_);
  return *this;
}

}  // namespace volary::gpu
