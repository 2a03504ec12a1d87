#include "render/picture.h"

#include "gpu/buffer.h"

#include <cassert>
#include <cstring>

namespace volary {

Picture::Picture(gpu::Device& device, const ivec2& sizePx)
    : sizePx_(sizePx),
      image_(device,
             {.type = VK_IMAGE_TYPE_2D,
              .format = kFormat,
              .extent = {static_cast<std::uint32_t>(sizePx.x), static_cast<std::uint32_t>(sizePx.y), 1},
              .usage = VK_IMAGE_USAGE_STORAGE_BIT | VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_SAMPLED_BIT |
                       VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT,
              .name = "picture"}) {}

void Picture::acquire(gpu::Frame& frame, const gpu::Access& next) {
  gpu::recordImageBarrier(frame.commands(), image_.get(), gpu::kAnyAccess,
                          hasLayout_ ? VK_IMAGE_LAYOUT_GENERAL : VK_IMAGE_LAYOUT_UNDEFINED, next,
                          VK_IMAGE_LAYOUT_GENERAL);
  hasLayout_ = true;
}

std::vector<std::uint8_t> Picture::readBack(gpu::Device& device) {
  assert(hasLayout_);
  std::vector<std::uint8_t> pixels(std::size_t{4} * static_cast<std::size_t>(sizePx_.x) *
                                   static_cast<std::size_t>(sizePx_.y));
  gpu::Buffer buffer(device, pixels.size(), VK_BUFFER_USAGE_TRANSFER_DST_BIT, gpu::BufferMemory::readBack,
                     "picture read back");
  gpu::runCommands(device, [&](VkCommandBuffer commands) {
    gpu::recordMemoryBarrier(commands, gpu::kAnyAccess, gpu::kTransferRead);
    VkBufferImageCopy copy{};
    copy.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    copy.imageExtent = image_.extent();
    vkCmdCopyImageToBuffer(commands, image_.get(), VK_IMAGE_LAYOUT_GENERAL, buffer.get(), 1, &copy);
    gpu::recordMemoryBarrier(commands, gpu::kTransferWrite, gpu::kHostRead);
  });
  buffer.invalidate();
  std::memcpy(pixels.data(), buffer.mapped(), pixels.size());
  return pixels;
}

void scalePicture(gpu::Frame& frame, Picture& from, Picture& to, const PixelRect& toPx) {
  from.acquire(frame, gpu::kTransferRead);
  to.acquire(frame, gpu::kTransferWrite);
  VkImageBlit blit{};
  blit.srcSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
  blit.srcOffsets[1] = {from.sizePx().x, from.sizePx().y, 1};
  blit.dstSubresource = blit.srcSubresource;
  blit.dstOffsets[0] = {toPx.begin.x, toPx.begin.y, 0};
  blit.dstOffsets[1] = {toPx.end.x, toPx.end.y, 1};
  vkCmdBlitImage(frame.commands(), from.image(), VK_IMAGE_LAYOUT_GENERAL, to.image(), VK_IMAGE_LAYOUT_GENERAL, 1, &blit,
                 VK_FILTER_LINEAR);
}

}  // namespace volary
