#pragma once

#include "gpu/device.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace volary::gpu {

/// One binding of a descriptor set; one descriptor each.
struct Binding {
  std::uint32_t number;
  VkDescriptorType type;
  VkShaderStageFlags stages;
};

UniqueDescriptorSetLayout createDescriptorSetLayout(Device& device, std::span<const Binding> bindings);

/// The buffer or image, as the type says, that a binding of a set is to show.
struct DescriptorWrite {
  std::uint32_t binding = 0;
  VkDescriptorType type{};
  const VkDescriptorBufferInfo* buffer = nullptr;
  const VkDescriptorImageInfo* image = nullptr;
};

/// At most kMaxDescriptorWrites at once; allocates nothing.
inline constexpr std::size_t kMaxDescriptorWrites = 16;
void writeDescriptors(Device& device, VkDescriptorSet set, std::span<const DescriptorWrite> writes);

/// A layout with one descriptor set, or none if `setLayout` is null, and no push constants.
UniquePipelineLayout createPipelineLayout(Device& device, VkDescriptorSetLayout setLayout);

/// A compute pipeline of `spirv`'s main; specialization constant i of the shader gets constants[i].
UniquePipeline createComputePipeline(Device& device, VkPipelineLayout layout, std::span<const std::uint32_t> spirv,
                                     std::span<const std::uint32_t> constants, const char* name);

/// The parts of a graphics pipeline for lines.
struct LinePipelineSettings {
  std::span<const std::uint32_t> vertexSpirv;
  std::span<const std::uint32_t> fragmentSpirv;
  std::span<const VkVertexInputAttributeDescription> attributes;  ///< all of binding 0
  std::uint32_t vertexBytes = 0;
  VkFormat colourFormat = VK_FORMAT_UNDEFINED;
  const char* name = "lines";
};

/// A pipeline that draws a list of lines, one pixel wide, alpha-blended, with dynamic viewport and scissor.
UniquePipeline createLinePipeline(Device& device, VkPipelineLayout layout, const LinePipelineSettings& settings);

}  // namespace volary::gpu
