#pragma once

#include <vulkan/vulkan.h>

#include <utility>

namespace volary::gpu {

/// Owns one Vulkan object that `Destroy` (a vkDestroy* function) gives back to its device. Move-only.
template <typename Handle, auto Destroy>
class Unique {
 public:
  Unique() = default;
  Unique(VkDevice device, Handle handle) noexcept : device_(device), handle_(handle) {}
  ~Unique() { reset(); }
  Unique(Unique&& other) noexcept : device_(other.device_), handle_(std::exchange(other.handle_, VK_NULL_HANDLE)) {}
  Unique& operator=(Unique&& other) noexcept {
    if (this != &other) {
      reset();
      device_ = other.device_;
      handle_ = std::exchange(other.handle_, VK_NULL_HANDLE);
    }
    return *this;
  }

  Handle get() const { return handle_; }
  explicit operator bool() const { return handle_ != VK_NULL_HANDLE; }
  void reset() noexcept {
    if (handle_ != VK_NULL_HANDLE) Destroy(device_, std::exchange(handle_, VK_NULL_HANDLE), nullptr);
  }

 private:
  VkDevice device_ = VK_NULL_HANDLE;
  Handle handle_ = VK_NULL_HANDLE;
};

using UniqueSemaphore = Unique<VkSemaphore, vkDestroySemaphore>;
using UniqueCommandPool = Unique<VkCommandPool, vkDestroyCommandPool>;
using UniqueDescriptorPool = Unique<VkDescriptorPool, vkDestroyDescriptorPool>;
using UniqueDescriptorSetLayout = Unique<VkDescriptorSetLayout, vkDestroyDescriptorSetLayout>;
using UniquePipelineLayout = Unique<VkPipelineLayout, vkDestroyPipelineLayout>;
using UniquePipeline = Unique<VkPipeline, vkDestroyPipeline>;
using UniqueShaderModule = Unique<VkShaderModule, vkDestroyShaderModule>;
using UniqueImageView = Unique<VkImageView, vkDestroyImageView>;
using UniqueSampler = Unique<VkSampler, vkDestroySampler>;
using UniqueQueryPool = Unique<VkQueryPool, vkDestroyQueryPool>;

}  // namespace volary::gpu
