#pragma once

#include "gpu/buffer.h"
#include "gpu/frame.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace volary {

/// What the passes of a frame tell the CPU: a word for each ghost of the page table (shared/page_table.h), set by the rays
/// that reach it.
///
/// The words are read when the frame has run, which nobody waits for. Results come in the order of the frames. Used by the
/// render thread; a frame that was ended must be submitted next.
class FeedbackBuffer {
 public:
  explicit FeedbackBuffer(gpu::Device& device) : device_(device) {}

  /// Records that none of `count` > 0 ghosts is marked; what is drawn from here on in this frame marks them.
  void begin(gpu::Frame& frame, std::uint32_t count);
  /// Records the copy to the CPU.
  void end(gpu::Frame& frame);

  /// Where the shaders find the words; valid from begin() to the next one.
  VkDeviceAddress address() const { return marks_.address(); }

  /// How many frames have told something that was not taken.
  std::size_t pending() const { return copies_.size(); }
  /// The ghosts that were marked in the oldest of these frames, ascending; nothing if it has not run yet.
  std::optional<std::vector<std::uint32_t>> take();

 private:
  struct Copy {
    gpu::Buffer words;
    std::uint32_t count = 0;
    std::uint64_t value = 0;  // of the device's timeline, when it is there
  };

  gpu::Device& device_;
  gpu::Buffer marks_;
  std::uint32_t count_ = 0;
  std::deque<Copy> copies_;
  std::vector<gpu::Buffer> free_;  // for copies to come
};

}  // namespace volary
