#pragma once

#include "base/geometry.h"
#include "gpu/device.h"
#include "gpu/unique.h"
#include "viewer/window.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace volary {

/// The images that the window shows, and the semaphores that order their use.
///
/// An image is acquired, drawn by one submission that waits for acquired() and signals drawn(), and presented. When the
/// window's size has changed, or the system says that the images no longer fit, acquire() makes new ones; `generation`
/// then grows, and objects that belong to images must be made anew.
class Swapchain {
 public:
  Swapchain(gpu::Device& device, const Window& window);
  ~Swapchain();
  Swapchain(const Swapchain&) = delete;
  Swapchain& operator=(const Swapchain&) = delete;

  /// The index of the image to draw into; nothing if the window can't be drawn to now (minimised).
  std::optional<std::uint32_t> acquire(const ivec2& framebufferPx);
  void present(std::uint32_t image);

  VkSemaphore acquired() const { return acquired_[frame_].get(); }
  VkSemaphore drawn(std::uint32_t image) const { return drawn_[image].get(); }
  VkImage image(std::uint32_t index) const { return images_[index]; }
  VkImageView view(std::uint32_t index) const { return views_[index].get(); }
  std::uint32_t imageCount() const { return static_cast<std::uint32_t>(images_.size()); }
  VkFormat format() const { return format_.format; }
  ivec2 sizePx() const { return sizePx_; }
  std::uint64_t generation() const { return generation_; }

 private:
  bool recreate(const ivec2& framebufferPx);
  void destroyImages();

  gpu::Device& device_;
  VkSurfaceKHR surface_ = VK_NULL_HANDLE;
  VkSwapchainKHR swapchain_ = VK_NULL_HANDLE;
  VkSurfaceFormatKHR format_{};
  ivec2 sizePx_{0};
  ivec2 requestedPx_{0};  // the window's size; the system may have given another one
  std::vector<VkImage> images_;
  std::vector<gpu::UniqueImageView> views_;
  std::vector<gpu::UniqueSemaphore> acquired_;  // one more than images, used in turn
  std::vector<gpu::UniqueSemaphore> drawn_;
  std::size_t frame_ = 0;
  std::uint64_t generation_ = 0;
  bool outdated_ = true;
};

}  // namespace volary
