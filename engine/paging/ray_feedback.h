#pragma once

#include "paging/frame_report.h"
#include "paging/pager.h"
#include "render/feedback_buffer.h"
#include "render/renderer.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace volary {

/// What the rays of the picture tell: which of the missing bricks they reach, and how fine what they show is.
///
/// Invariants: a frame is told of once, and its ghosts are those that its page table had, whatever the table has by the
/// time that it has run; resolution() counts pixels of the picture that is being drawn alone.
class RayFeedback {
 public:
  explicit RayFeedback(gpu::Device& device) : buffer_(device) {}

  /// Takes what frames have told that have run by now; `pager`, if there is one, notes what rays have reached.
  void take(Pager* pager);

  /// Whether this frame's pixels tell how fine they are. A picture for a file always does; the window's where pixels
  /// can be coarser than wanted once it is complete.
  void countPixels(bool counts) { countsPixels_ = counts; }
  bool countsPixels() const { return countsPixels_; }

  /// The page table of what is drawn next has these ghosts.
  void useGhosts(std::span<const BrickKey> ghosts);
  /// Another picture begins, in one frame or in several.
  void beginPicture();

  /// Lets what `input` draws tell. A preview shows coarser levels than the picture will, and nobody counts its pixels.
  void listen(gpu::Frame& frame, DrawInput& input, bool isPreview);
  /// Ends the frame's telling; `reaches`: what rays reach is to be asked for.
  void close(gpu::Frame& frame, bool reaches);

  /// Frames that have yet to run and to tell.
  std::size_t pending() const { return buffer_.pending(); }
  /// Of the picture that is being drawn, as far as it has told.
  const ShownResolution& resolution() const { return resolution_; }

 private:
  using Ghosts = std::shared_ptr<const std::vector<BrickKey>>;
  Ghosts keep(std::span<const BrickKey> ghosts);

  /// Of a frame that the buffer has yet to give.
  struct Told {
    Ghosts ghosts;  // null if what rays reach is not to be asked for
    std::uint64_t picture = 0;
  };

  FeedbackBuffer buffer_;
  Ghosts ghosts_;                                              // that the page table has
  std::vector<std::shared_ptr<std::vector<BrickKey>>> lists_;  // this one and others, for their memory
  std::vector<Told> told_;
  bool countsPixels_ = false;
  bool isOpen_ = false;  // in the frame that is being recorded
  std::uint64_t picture_ = 0;
  ShownResolution resolution_;
};

}  // namespace volary
