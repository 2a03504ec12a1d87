#include "gpu/pipeline.h"

#include "gpu/check.h"

#include <fmt/format.h>

#include <array>
#include <cassert>
#include <cstddef>
#include <vector>

namespace volary::gpu {

namespace {

UniqueShaderModule createShaderModule(Device& device, std::span<const std::uint32_t> spirv, const char* name) {
  VkShaderModuleCreateInfo info{VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO};
  info.codeSize = spirv.size_bytes();
  info.pCode = spirv.data();
  VkShaderModule shader = VK_NULL_HANDLE;
  check(vkCreateShaderModule(device.handle(), &info, nullptr, &shader), fmt::format("load the shader of {}", name));
  return {device.handle(), shader};
}

VkPipelineShaderStageCreateInfo stageInfo(VkShaderStageFlagBits stage, VkShaderModule shader) {
  VkPipelineShaderStageCreateInfo info{VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO};
  info.stage = stage;
  info.module = shader;
  info.pName = "main";
  return info;
}

}  // namespace

UniqueDescriptorSetLayout createDescriptorSetLayout(Device& device, std::span<const Binding> bindings) {
  std::vector<VkDescriptorSetLayoutBinding> all;
  for (const Binding& binding : bindings) all.push_back({binding.number, binding.type, 1, binding.stages, nullptr});
  VkDescriptorSetLayoutCreateInfo info{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO};
  info.bindingCount = static_cast<std::uint32_t>(all.size());
  info.pBindings = all.data();
  VkDescriptorSetLayout layout = VK_NULL_HANDLE;
  check(vkCreateDescriptorSetLayout(device.handle(), &info, nullptr, &layout), "create a descriptor set layout");
  return {device.handle(), layout};
}

void writeDescriptors(Device& device, VkDescriptorSet set, std::span<const DescriptorWrite> writes) {
  std::array<VkWriteDescriptorSet, kMaxDescriptorWrites> all;
  assert(writes.size() <= all.size());
  for (std::size_t i = 0; i < writes.size(); ++i) {
    const DescriptorWrite& write = writes[i];
    VkWriteDescriptorSet& one = all[i];
    one = {VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET};
    one.dstSet = set;
    one.dstBinding = write.binding;
    one.descriptorCount = 1;
    one.descriptorType = write.type;
    one.pBufferInfo = write.buffer;
    one.pImageInfo = write.image;
  }
  vkUpdateDescriptorSets(device.handle(), static_cast<std::uint32_t>(writes.size()), all.data(), 0, nullptr);
}

UniquePipelineLayout createPipelineLayout(Device& device, VkDescriptorSetLayout setLayout) {
  VkPipelineLayoutCreateInfo info{VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO};
  info.setLayoutCount = setLayout != VK_NULL_HANDLE ? 1 : 0;
  info.pSetLayouts = &setLayout;
  VkPipelineLayout layout = VK_NULL_HANDLE;
  check(vkCreatePipelineLayout(device.handle(), &info, nullptr, &layout), "create a pipeline layout");
  return {device.handle(), layout};
}

UniquePipeline createComputePipeline(Device& device, VkPipelineLayout layout, std::span<const std::uint32_t> spirv,
                                     std::span<const std::uint32_t> constants, const char* name) {
  const UniqueShaderModule shader = createShaderModule(device, spirv, name);
  std::vector<VkSpecializationMapEntry> entries;
  for (std::uint32_t i = 0; i < constants.size(); ++i) entries.push_back({i, i * 4, 4});
  VkSpecializationInfo specialization{};
  specialization.mapEntryCount = static_cast<std::uint32_t>(entries.size());
  specialization.pMapEntries = entries.data();
  specialization.dataSize = constants.size_bytes();
  specialization.pData = constants.data();

  VkComputePipelineCreateInfo info{VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO};
  info.stage = stageInfo(VK_SHADER_STAGE_COMPUTE_BIT, shader.get());
  info.stage.pSpecializationInfo = &specialization;
  info.layout = layout;
  VkPipeline pipeline = VK_NULL_HANDLE;
  check(vkCreateComputePipelines(device.handle(), VK_NULL_HANDLE, 1, &info, nullptr, &pipeline),
        fmt::format("compile the shader of {}", name));
  device.setName(pipeline, VK_OBJECT_TYPE_PIPELINE, name);
  return {device.handle(), pipeline};
}

UniquePipeline createLinePipeline(Device& device, VkPipelineLayout layout, const LinePipelineSettings& settings) {
  const UniqueShaderModule vertex = createShaderModule(device, settings.vertexSpirv, settings.name);
  const UniqueShaderModule fragment = createShaderModule(device, settings.fragmentSpirv, settings.name);
  const std::array stages = {stageInfo(VK_SHADER_STAGE_VERTEX_BIT, vertex.get()),
                             stageInfo(VK_SHADER_STAGE_FRAGMENT_BIT, fragment.get())};

  const VkVertexInputBindingDescription binding{0, settings.vertexBytes, VK_VERTEX_INPUT_RATE_VERTEX};
  VkPipelineVertexInputStateCreateInfo input{VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO};
  input.vertexBindingDescriptionCount = 1;
  input.pVertexBindingDescriptions = &binding;
  input.vertexAttributeDescriptionCount = static_cast<std::uint32_t>(settings.attributes.size());
  input.pVertexAttributeDescriptions = settings.attributes.data();
  VkPipelineInputAssemblyStateCreateInfo assembly{VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO};
  assembly.topology = VK_PRIMITIVE_TOPOLOGY_LINE_LIST;
  VkPipelineViewportStateCreateInfo viewport{VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO};
  viewport.viewportCount = 1;
  viewport.scissorCount = 1;
  VkPipelineRasterizationStateCreateInfo raster{VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO};
  raster.polygonMode = VK_POLYGON_MODE_FILL;
  raster.cullMode = VK_CULL_MODE_NONE;
  raster.lineWidth = 1.0f;
  VkPipelineMultisampleStateCreateInfo samples{VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO};
  samples.rasterizationSamples = VK_SAMPLE_COUNT_1_BIT;

  VkPipelineColorBlendAttachmentState attachment{};
  attachment.blendEnable = VK_TRUE;
  attachment.srcColorBlendFactor = VK_BLEND_FACTOR_SRC_ALPHA;
  attachment.dstColorBlendFactor = VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA;
  attachment.colorBlendOp = VK_BLEND_OP_ADD;
  attachment.srcAlphaBlendFactor = VK_BLEND_FACTOR_ONE;
  attachment.dstAlphaBlendFactor = VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA;
  attachment.alphaBlendOp = VK_BLEND_OP_ADD;
  attachment.colorWriteMask =
      VK_COLOR_COMPONENT_R_BIT | VK_COLOR_COMPONENT_G_BIT | VK_COLOR_COMPONENT_B_BIT | VK_COLOR_COMPONENT_A_BIT;
  VkPipelineColorBlendStateCreateInfo blend{VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO};
  blend.attachmentCount = 1;
  blend.pAttachments = &attachment;
  constexpr std::array kDynamic = {VK_DYNAMIC_STATE_VIEWPORT, VK_DYNAMIC_STATE_SCISSOR};
  VkPipelineDynamicStateCreateInfo dynamic{VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO};
  dynamic.dynamicStateCount = static_cast<std::uint32_t>(kDynamic.size());
  dynamic.pDynamicStates = kDynamic.data();
  VkPipelineRenderingCreateInfo rendering{VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO};
  rendering.colorAttachmentCount = 1;
  rendering.pColorAttachmentFormats = &settings.colourFormat;

  VkGraphicsPipelineCreateInfo info{VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO};
  info.pNext = &rendering;
  info.stageCount = static_cast<std::uint32_t>(stages.size());
  info.pStages = stages.data();
  info.pVertexInputState = &input;
  info.pInputAssemblyState = &assembly;
  info.pViewportState = &viewport;
  info.pRasterizationState = &raster;
  info.pMultisampleState = &samples;
  info.pColorBlendState = &blend;
  info.pDynamicState = &dynamic;
  info.layout = layout;
  VkPipeline pipeline = VK_NULL_HANDLE;
  check(vkCreateGraphicsPipelines(device.handle(), VK_NULL_HANDLE, 1, &info, nullptr, &pipeline),
        fmt::format("compile the shaders of {}", settings.name));
  device.setName(pipeline, VK_OBJECT_TYPE_PIPELINE, settings.name);
  return {device.handle(), pipeline};
}

}  // namespace volary::gpu
