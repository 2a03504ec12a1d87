#include "viewer/swapchain.h"

#include "base/error.h"
#include "gpu/check.h"

#include <algorithm>

namespace volary {

using gpu::check;

namespace {

// Plain 8-bit unorm: the picture is display-referred already, and Dear ImGui's colours are too.
VkSurfaceFormatKHR chooseFormat(VkPhysicalDevice physical, VkSurfaceKHR surface) {
  std::uint32_t count = 0;
  check(vkGetPhysicalDeviceSurfaceFormatsKHR(physical, surface, &count, nullptr), "list the window's formats");
  std::vector<VkSurfaceFormatKHR> formats(count);
  check(vkGetPhysicalDeviceSurfaceFormatsKHR(physical, surface, &count, formats.data()), "list the window's formats");
  for (const VkFormat wanted : {VK_FORMAT_B8G8R8A8_UNORM, VK_FORMAT_R8G8B8A8_UNORM})
    for (const VkSurfaceFormatKHR& format : formats)
      if (format.format == wanted) return format;
  fail("the window offers no 8-bit RGBA format");
}

VkSurfaceCapabilitiesKHR surfaceCapabilities(VkPhysicalDevice physical, VkSurfaceKHR surface) {
  VkSurfaceCapabilitiesKHR capabilities{};
  check(vkGetPhysicalDeviceSurfaceCapabilitiesKHR(physical, surface, &capabilities), "ask for the window's abilities");
  return capabilities;
}

gpu::UniqueSemaphore createSemaphore(const gpu::Device& device) {
  const VkSemaphoreCreateInfo info{.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
  VkSemaphore semaphore = VK_NULL_HANDLE;
  check(vkCreateSemaphore(device.handle(), &info, nullptr, &semaphore), "create a semaphore of the window");
  return {device.handle(), semaphore};
}

gpu::UniqueImageView createView(const gpu::Device& device, VkImage image, VkFormat format) {
  const VkImageViewCreateInfo info{.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO,
                                   .image = image,
                                   .viewType = VK_IMAGE_VIEW_TYPE_2D,
                                   .format = format,
                                   .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
  VkImageView view = VK_NULL_HANDLE;
  check(vkCreateImageView(device.handle(), &info, nullptr, &view), "create a view of the window's image");
  return {device.handle(), view};
}

}  // namespace

Swapchain::Swapchain(gpu::Device& device, const Window& window)
    : device_(device), surface_(window.createSurface(device.instance())) {
  format_ = chooseFormat(device.physical(), surface_);
}

Swapchain::~Swapchain() {
  destroyImages();
  if (swapchain_) vkDestroySwapchainKHR(device_.handle(), swapchain_, nullptr);
  vkDestroySurfaceKHR(device_.instance(), surface_, nullptr);
}

void Swapchain::destroyImages() {
  // Presentation is not on the device's timeline, so only an idle device shows that it is over.
  vkDeviceWaitIdle(device_.handle());
  views_.clear();
  acquired_.clear();
  drawn_.clear();
  images_.clear();
}

bool Swapchain::recreate(const ivec2& framebufferPx) {
  const VkSurfaceCapabilitiesKHR capabilities = surfaceCapabilities(device_.physical(), surface_);
  const bool windowFollows = capabilities.currentExtent.width == 0xffffffffu;
  VkExtent2D extent = capabilities.currentExtent;
  if (windowFollows) {
    extent.width = std::clamp(static_cast<std::uint32_t>(framebufferPx.x), capabilities.minImageExtent.width,
                              capabilities.maxImageExtent.width);
    extent.height = std::clamp(static_cast<std::uint32_t>(framebufferPx.y), capabilities.minImageExtent.height,
                               capabilities.maxImageExtent.height);
  }
  if (extent.width == 0 || extent.height == 0) return false;

  destroyImages();
  const std::uint32_t most = capabilities.maxImageCount ? capabilities.maxImageCount : 8;
  const VkSwapchainCreateInfoKHR info{
      .sType = VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR,
      .surface = surface_,
      .minImageCount = std::min(std::max(capabilities.minImageCount + 1, 3u), most),
      .imageFormat = format_.format,
      .imageColorSpace = format_.colorSpace,
      .imageExtent = extent,
      .imageArrayLayers = 1,
      .imageUsage = VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT,
      .imageSharingMode = VK_SHARING_MODE_EXCLUSIVE,
      .preTransform = capabilities.currentTransform,
      .compositeAlpha = VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR,
      .presentMode = VK_PRESENT_MODE_FIFO_KHR,
      .clipped = VK_TRUE,
      .oldSwapchain = swapchain_};
  VkSwapchainKHR created = VK_NULL_HANDLE;
  check(vkCreateSwapchainKHR(device_.handle(), &info, nullptr, &created), "create the window's images");
  if (swapchain_) vkDestroySwapchainKHR(device_.handle(), swapchain_, nullptr);
  swapchain_ = created;

  std::uint32_t count = 0;
  check(vkGetSwapchainImagesKHR(device_.handle(), swapchain_, &count, nullptr), "list the window's images");
  images_.resize(count);
  check(vkGetSwapchainImagesKHR(device_.handle(), swapchain_, &count, images_.data()), "list the window's images");
  for (const VkImage image : images_) {
    views_.push_back(createView(device_, image, format_.format));
    drawn_.push_back(createSemaphore(device_));
  }
  for (std::size_t i = 0; i <= images_.size(); ++i) acquired_.push_back(createSemaphore(device_));
  sizePx_ = ivec2(extent.width, extent.height);
  requestedPx_ = framebufferPx;
  frame_ = 0;
  ++generation_;
  outdated_ = false;
  return true;
}

std::optional<std::uint32_t> Swapchain::acquire(const ivec2& framebufferPx) {
  if (framebufferPx.x <= 0 || framebufferPx.y <= 0) return std::nullopt;
  if (framebufferPx != requestedPx_) outdated_ = true;
  // If the window changes its size faster than we follow, it is left for the next frame.
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (outdated_ && !recreate(framebufferPx)) return std::nullopt;
    frame_ = (frame_ + 1) % acquired_.size();
    std::uint32_t image = 0;
    constexpr std::uint64_t kTimeoutNs = 1'000'000'000;
    const VkResult result = vkAcquireNextImageKHR(device_.handle(), swapchain_, kTimeoutNs, acquired_[frame_].get(),
                                                  VK_NULL_HANDLE, &image);
    if (result == VK_SUCCESS) return image;
    if (result == VK_SUBOPTIMAL_KHR) {
      outdated_ = true;  // the image is ours all the same; new ones from the next frame on
      return image;
    }
    if (result == VK_TIMEOUT || result == VK_NOT_READY) return std::nullopt;
    if (result != VK_ERROR_OUT_OF_DATE_KHR) check(result, "get an image of the window");
    outdated_ = true;
  }
  return std::nullopt;
}

void Swapchain::present(std::uint32_t image) {
  const VkSemaphore drawn = drawn_[image].get();
  const VkPresentInfoKHR info{.sType = VK_STRUCTURE_TYPE_PRESENT_INFO_KHR,
                              .waitSemaphoreCount = 1,
                              .pWaitSemaphores = &drawn,
                              .swapchainCount = 1,
                              .pSwapchains = &swapchain_,
                              .pImageIndices = &image};
  const VkResult result = vkQueuePresentKHR(device_.queue(), &info);
  if (result == VK_ERROR_OUT_OF_DATE_KHR || result == VK_SUBOPTIMAL_KHR)
    outdated_ = true;
  else
    check(result, "show the picture in the window");
}

}  // namespace volary
