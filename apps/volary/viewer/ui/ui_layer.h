#pragma once

#include "gpu/device.h"
#include "gpu/unique.h"
#include "viewer/swapchain.h"
#include "viewer/window.h"

#include <vulkan/vulkan.h>

#include <cstdint>
#include <vector>

namespace volary {

using UniqueRenderPass = gpu::Unique<VkRenderPass, vkDestroyRenderPass>;
using UniqueFramebuffer = gpu::Unique<VkFramebuffer, vkDestroyFramebuffer>;

/// Dear ImGui over the picture: its context, its back ends, and the render pass that it needs. The panels call ImGui
/// themselves, between beginFrame() and endFrame(). At most one exists at a time.
class UiLayer {
 public:
  UiLayer(gpu::Device& device, Window& window, const Swapchain& swapchain);
  ~UiLayer();
  UiLayer(const UiLayer&) = delete;
  UiLayer& operator=(const UiLayer&) = delete;

  void beginFrame();
  void endFrame();

  /// Records drawing what endFrame() made over the swapchain's image, which is in
  /// VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL and goes to VK_IMAGE_LAYOUT_PRESENT_SRC_KHR.
  void record(VkCommandBuffer commands, const Swapchain& swapchain, std::uint32_t image);

  /// True if a press or a wheel at this place is for a panel, not for the picture.
  bool ownsMouseAt(const dvec2& positionPx) const;
  /// True while text is typed into a panel.
  bool ownsKeyboard() const;
  /// True while something of a panel is held or being typed into: the next frame may differ from this one.
  bool active() const;

 private:
  void createRenderPass(VkFormat format);
  void createFramebuffers(const Swapchain& swapchain);
  void initialiseBackEnd(const Swapchain& swapchain);

  gpu::Device& device_;
  UniqueRenderPass renderPass_;
  gpu::UniqueDescriptorPool descriptorPool_;
  std::vector<UniqueFramebuffer> framebuffers_;
  std::uint64_t framebufferGeneration_ = 0;
};

}  // namespace volary
