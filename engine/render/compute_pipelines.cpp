#include "render/compute_pipelines.h"

#include "gpu/pipeline.h"

#include <chrono>
#include <utility>

namespace volary {

ComputePipelines::Entry& ComputePipelines::entryOf(const ComputeKey& key) {
  Entry& entry = entries_[key];
  if (!entry.pipeline.valid())
    entry.pipeline = std::async(std::launch::async, [this, key] {
      return gpu::createComputePipeline(device_, layout_, code_(key.shader, key.pictures()), key.constants, name_);
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
