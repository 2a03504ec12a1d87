#include "render/compute_pipelines.h"

#include "gpu/pipeline.h"

#include <chrono>

namespace volary {

std::shared_future<gpu::UniquePipeline>& ComputePipelines::futureOf(const ComputeKey& key) {
  std::shared_future<gpu::UniquePipeline>& pipeline = futures_[key];
  if (!pipeline.valid())
    pipeline = std::async(std::launch::async, [this, key] {
      return gpu::createComputePipeline(device_, layout_, code_(key.shader, key.pictures()), key.constants, name_);
    });
  return pipeline;
}

bool ComputePipelines::prepare(const ComputeKey& key) {
  return futureOf(key).wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

VkPipeline ComputePipelines::get(const ComputeKey& key) { return futureOf(key).get().get(); }

}  // namespace volary
