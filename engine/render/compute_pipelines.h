#pragma once

#include "gpu/device.h"
#include "gpu/pipeline.h"
#include "render/compute_key.h"

#include <cstddef>
#include <cstdint>
#include <future>
#include <map>
#include <span>

namespace volary {

/// The bindings of all compute passes, by the numbers of shared/pipeline.h. Passes for one image don't use
/// kBindingScene.
std::span<const gpu::Binding> computeBindings();

/// The compute pipelines of one layout. Each is made by a thread of its own, begun when it is first asked for: a driver
/// takes tens of milliseconds for one, and frames go on meanwhile. Used by the render thread; device and layout must
/// outlive it.
class ComputePipelines {
 public:
  ComputePipelines(gpu::Device& device, VkPipelineLayout layout) : device_(device), layout_(layout) {}
  /// Waits for the threads.
  ~ComputePipelines() = default;
  ComputePipelines(const ComputePipelines&) = delete;
  ComputePipelines& operator=(const ComputePipelines&) = delete;

  /// Begins to make the pipeline unless that was done. True if get() would not wait.
  bool prepare(const ComputeKey& key);

  /// The pipeline, to be drawn with; waits for it. Throws Error if the driver did not make it.
  VkPipeline get(const ComputeKey& key);

  /// How many have been drawn with. When one is used for the first time, the driver may have to make more code, and
  /// that counts in the frame's time on the device.
  std::size_t usedCount() const { return usedCount_; }

 private:
  struct Entry {
    std::shared_future<gpu::UniquePipeline> pipeline;
    bool used = false;
  };
  Entry& entryOf(const ComputeKey& key);

  gpu::Device& device_;
  VkPipelineLayout layout_;
  std::map<ComputeKey, Entry> entries_;
  std::size_t usedCount_ = 0;
};

}  // namespace volary
