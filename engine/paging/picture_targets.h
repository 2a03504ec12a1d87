#pragma once

#include "gpu/device.h"
#include "render/jitter.h"
#include "render/picture.h"

#include <memory>
#include <vector>

namespace volary {

/// The pictures that frames draw into, and the buffers in which the mean of several is summed.
///
/// Invariant: what frames in flight may read or write outlives them. Nothing is made anew from frame to frame while the
/// picture keeps its size.
class PictureTargets {
 public:
  explicit PictureTargets(gpu::Device& device) : device_(device) {}

  /// Makes a picture of that size unless there is one.
  void resize(const ivec2& sizePx);
  /// The picture has to be cleared.
  void forgetContent() { isNew_ = true; }
  /// Whether the picture is to be cleared: once for each new one, and after forgetContent().
  bool takeNew();
  Picture& picture() const { return *picture_; }

  /// A picture of `sizePx` for a region that has `regionPx`. Keeps one for each size that was asked for since the
  /// region got its size, so a pacer that goes from one size to another and back makes no new ones.
  Picture& preview(const ivec2& regionPx, const ivec2& sizePx);

  /// Buffers for the mean of several pictures, as large as the picture.
  const JitterBuffers& jitter();
  /// Frees them: no mean is shown any more.
  void dropJitter();

 private:
  gpu::Device& device_;
  std::unique_ptr<Picture> picture_;
  bool isNew_ = false;
  std::vector<std::unique_ptr<Picture>> previews_;
  ivec2 previewedPx_{0};
  std::unique_ptr<JitterBuffers> jitter_;
};

}  // namespace volary
