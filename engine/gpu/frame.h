#pragma once

#include "gpu/buffer.h"
#include "gpu/device.h"
#include "gpu/staging.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace volary::gpu {

/// GPU time of one group of passes.
struct GpuTiming {
  std::string name;
  double ms = 0.0;
};

/// Everything of one frame that is recorded: a command buffer, and memory and descriptors that live until it has run.
/// Made by FrameRing.
class Frame final : public StagingMemory {
 public:
  explicit Frame(Device& device);
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  Device& device() const { return device_; }
  VkCommandBuffer commands() const { return commands_; }

  /// To be read by this frame's commands alone; grows on demand, kept from frame to frame.
  Staging stage(VkDeviceSize bytes) override;

  VkDescriptorSet allocateDescriptors(VkDescriptorSetLayout layout);

  /// Starts and ends the timing of a group of passes; groups don't nest. Nothing where the queue has no timestamps.
  void beginTiming(const char* name);
  void endTiming();
  /// The timings of the frame that last used this slot of the ring: some frames old.
  std::span<const GpuTiming> previousTimings() const { return previousTimings_; }

 private:
  friend class FrameRing;
  void reset();
  void readTimings();

  Device& device_;
  UniqueCommandPool commandPool_;
  VkCommandBuffer commands_ = VK_NULL_HANDLE;
  std::vector<UniqueDescriptorPool> descriptorPools_;
  std::size_t descriptorPoolsUsed_ = 0;
  std::vector<Buffer> stagingBlocks_;  // the last one is being filled
  VkDeviceSize stagingUsed_ = 0;       // bytes of it that are taken
  UniqueQueryPool queries_;            // empty where the queue has no timestamps
  bool timingOpen_ = false;
  std::vector<std::string> timingNames_;
  std::vector<GpuTiming> previousTimings_;
  std::uint64_t timelineValue_ = 0;  // of its last submission; 0 = never submitted
};

/// Times the group of passes that are recorded while it lives.
class TimingScope {
 public:
  TimingScope(Frame& frame, const char* name) : frame_(frame) { frame_.beginTiming(name); }
  ~TimingScope() { frame_.endTiming(); }
  TimingScope(const TimingScope&) = delete;
  TimingScope& operator=(const TimingScope&) = delete;

 private:
  Frame& frame_;
};

/// The frames in flight: while the GPU runs one, the CPU records the next.
///
/// Invariant: a frame is handed out for recording only when its last commands have run.
class FrameRing {
 public:
  static constexpr int kFramesInFlight = 2;
  explicit FrameRing(Device& device, int framesInFlight = kFramesInFlight);
  /// Waits until all frames have run.
  ~FrameRing();
  FrameRing(const FrameRing&) = delete;
  FrameRing& operator=(const FrameRing&) = delete;

  /// The next frame, its command buffer open. Waits for the frame that used this slot before. A frame that was begun
  /// must be submitted before the next begin(), unless an exception abandoned it: then it is begun anew.
  Frame& begin();

  /// Ends and submits the frame; returns the timeline value that says it has run. A window waits for, and signals, the
  /// binary semaphores of its swapchain.
  std::uint64_t submit(Frame& frame, std::span<const VkSemaphoreSubmitInfo> waits = {},
                       std::span<const VkSemaphoreSubmitInfo> signals = {});

 private:
  Device& device_;
  std::vector<std::unique_ptr<Frame>> frames_;
  std::size_t next_ = 0;
};

}  // namespace volary::gpu
