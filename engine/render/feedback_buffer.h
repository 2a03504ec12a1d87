#pragma once

#include "base/frame_memory.h"
#include "gpu/buffer.h"
#include "gpu/frame.h"

#include "shared/feedback.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace volary {

/// Counts of pixels by how many levels coarser than wanted they are: see shared/feedback.h.
using PixelsByResolution = std::array<std::uint64_t, shared::kResolutionBins>;

/// What the passes of one frame have reported.
struct FrameFeedback {
  PixelsByResolution pixels{};        ///< of the draws that count them
  FrameVector<std::uint32_t> ghosts;  ///< that rays have reached, ascending
};

/// What the passes of frames report, on its way to the CPU: see shared/feedback.h.
///
/// The words are read when the frame has run, which nobody waits for. Results come in the order of the frames. Used by
/// the render thread; a frame that was ended must be submitted next.
class FeedbackBuffer {
 public:
  explicit FeedbackBuffer(gpu::Device& device) : device_(device) {}

  /// Records that nothing is reported yet about `ghosts` ghosts; what is drawn from here on in this frame reports.
  void begin(gpu::Frame& frame, std::uint32_t ghosts);
  /// Records the copy to the CPU.
  void end(gpu::Frame& frame);

  /// Where the shaders find the words; valid from begin() to the next one.
  VkDeviceAddress address() const { return words_.address(); }

  /// How many frames have reports that were not taken.
  std::size_t pending() const { return copies_.size(); }
  /// The report of the oldest of these frames; nothing if it has not run yet.
  std::optional<FrameFeedback> take();

 private:
  struct Copy {
    gpu::Buffer words;
    std::uint32_t count = 0;
    std::uint64_t value = 0;  // the device's timeline reaches it when the copy is done
  };

  gpu::Device& device_;
  gpu::Buffer words_;
  std::uint32_t count_ = 0;  // of words
  std::vector<Copy> copies_;
  std::vector<gpu::Buffer> free_;  // for copies to come
};

}  // namespace volary
