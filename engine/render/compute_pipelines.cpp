#include "render/compute_pipelines.h"

#include <array>
#include <chrono>
#include <utility>

namespace volary {

std::span<const gpu::Binding> computeBindings() {
  constexpr VkShaderStageFlags kStage = VK_SHADER_STAGE_COMPUTE_BIT;
  static constexpr std::array<gpu::Binding, 5> kBindings = {
      {{shared::kBindingDraw, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, kStage},
       {shared::kBindingPageCache, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, kStage},
       {shared::kBindingCellRanges, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, kStage},
       {shared::kBindingPicture, VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, kStage},
       {shared::kBindingScene, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, kStage}}};
  return kBindings;
}

ComputePipelines::Entry& ComputePipelines::entryOf(const ComputeKey& key) {
  Entry& entry = entries_[key];
  if (!entry.pipeline.valid())
    entry.pipeline = std::async(std::launch::async, [this, key] {
      return gpu::createComputePipeline(device_, layout_, computeShader(key.shader).words(key.shows, key.pictures()),
                                        key.constants, key.shows == Shows::scene ? "several images" : "march");
    });
  return entry;
}

bool ComputePipelines::prepare(const ComputeKey& key) {
  return entryOf(key).pipeline.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

VkPipeline ComputePipelines::get(const ComputeKey& key) {
  Entry& entry = entryOf(key);
  const VkPipeline pipeline = entry.pipeline.get().get();
  if (!std::exchange(entry.used, true)) ++usedCount_;
  return pipeline;
}

}  // namespace volary
