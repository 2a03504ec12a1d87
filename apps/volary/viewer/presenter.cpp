#include "viewer/presenter.h"

#include "gpu/barrier.h"

#include <array>
#include <optional>

namespace volary {

namespace {

VkSemaphoreSubmitInfo atStages(VkSemaphore semaphore, VkPipelineStageFlags2 stages) {
  return {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO, .semaphore = semaphore, .stageMask = stages};
}

// The swapchain's image is free once its semaphore is signalled; the copies wait for that.
constexpr gpu::Access kAcquired{VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT, VK_ACCESS_2_NONE};

}  // namespace

Presenter::Presenter(gpu::Device& device, Window& window)
    : window_(window), frames_(device), swapchain_(device, window), ui_(device, window, swapchain_) {}

void Presenter::finish(gpu::Frame& frame, Picture* picture) {
  const std::optional<std::uint32_t> image = swapchain_.acquire(window_.framebufferPx());
  if (!image) {
    frames_.submit(frame);
    return;
  }
  {
    const gpu::TimingScope timed(frame, "panels");
    recordPicture(frame, picture, *image);
    ui_.record(frame.commands(), swapchain_, *image);
  }

  const std::array waits{atStages(swapchain_.acquired(), VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT)};
  const std::array signals{atStages(swapchain_.drawn(*image), VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT)};
  frames_.submit(frame, waits, signals);
  swapchain_.present(*image);
}

void Presenter::recordPicture(gpu::Frame& frame, Picture* picture, std::uint32_t index) {
  const VkCommandBuffer commands = frame.commands();
  const VkImage image = swapchain_.image(index);
  const ivec2 target = swapchain_.sizePx();
  gpu::recordImageBarrier(commands, image, kAcquired, VK_IMAGE_LAYOUT_UNDEFINED, gpu::kTransferWrite,
                          VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL);
  if (picture) {
    // The sizes differ for a frame or two while the window is being resized.
    picture->acquire(frame, gpu::kTransferRead);
    const VkImageSubresourceLayers layers{VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    const ivec2 source = picture->sizePx();
    const VkImageBlit blit{.srcSubresource = layers,
                           .srcOffsets = {{0, 0, 0}, {source.x, source.y, 1}},
                           .dstSubresource = layers,
                           .dstOffsets = {{0, 0, 0}, {target.x, target.y, 1}}};
    vkCmdBlitImage(commands, picture->image(), VK_IMAGE_LAYOUT_GENERAL, image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1,
                   &blit, source == target ? VK_FILTER_NEAREST : VK_FILTER_LINEAR);
  } else {
    const VkClearColorValue black{.float32 = {0.0f, 0.0f, 0.0f, 1.0f}};
    const VkImageSubresourceRange range{VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
    vkCmdClearColorImage(commands, image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, &black, 1, &range);
  }
  gpu::recordImageBarrier(commands, image, gpu::kTransferWrite, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, gpu::kColourBlend,
                          VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL);
}

}  // namespace volary
