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

/// What the picture's rays report: which of the missing bricks they reach, and how fine the bricks are that they show.
///
/// Invariants: each frame's report is taken once, and its ghosts are those of the frame's own page table, whatever the
/// table holds by the time that the frame has run; resolution() counts only pixels of the picture that is being drawn.
class RayFeedback {
 public:
  explicit RayFeedback(gpu::Device& device) : buffer_(device) {}

  /// Takes the reports of frames that have run by now; `pager`, if there is one, notes what rays have reached.
  void take(Pager* pager);

  /// Whether this frame's pixels are counted by resolution: always for a file; in the window if pixels can be coarser
  /// than wanted once the picture is complete.
  void countPixels(bool counts) { countsPixels_ = counts; }
  bool countsPixels() const { return countsPixels_; }

  /// Notes that the page table of what is drawn next has these ghosts.
  void useGhosts(std::span<const BrickKey> ghosts);
  /// Begins another picture, in one frame or in several.
  void beginPicture();

  /// Makes what `input` draws report. A preview shows coarser levels than the picture will, and nobody counts its
  /// pixels.
  void listen(gpu::Frame& frame, DrawInput& input, bool isPreview);
  /// Ends the frame's report; `reaches`: what rays reach is to be requested.
  void close(gpu::Frame& frame, bool reaches);

  /// Frames that have yet to run and to report.
  std::size_t pending() const { return buffer_.pending(); }
  /// The resolution of the picture that is being drawn, as far as it has been reported.
  const ShownResolution& resolution() const { return resolution_; }

 private:
  using Ghosts = std::shared_ptr<const std::vector<BrickKey>>;
  Ghosts keep(std::span<const BrickKey> ghosts);

  /// What is kept of a frame whose report the buffer has yet to give.
  struct Told {
    Ghosts ghosts;  // null if what rays reach is not to be requested
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
