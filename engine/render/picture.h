#pragma once

#include "base/geometry.h"
#include "gpu/barrier.h"
#include "gpu/frame.h"
#include "gpu/image.h"

#include <cstdint>
#include <vector>

namespace volary {

/// Pixels [begin, end) of a picture.
struct PixelRect {
  ivec2 begin{0};
  ivec2 end{0};
  bool operator==(const PixelRect&) const = default;
};

/// What two rectangles have in common; if nothing, the result is empty, with end <= begin along an axis.
inline PixelRect intersect(const PixelRect& a, const PixelRect& b) {
  return {.begin = glm::max(a.begin, b.begin), .end = glm::min(a.end, b.end)};
}

inline bool isEmpty(const PixelRect& rect) { return rect.begin.x >= rect.end.x || rect.begin.y >= rect.end.y; }

/// What the passes draw into: RGBA, 8 bit unorm, display-referred (no sRGB conversion anywhere), rows from the top.
///
/// Storage image, colour attachment, sampled image, source and destination of copies. From the first acquire() on its
/// layout is VK_IMAGE_LAYOUT_GENERAL between passes: whoever changes it changes it back.
class Picture {
 public:
  Picture(gpu::Device& device, const ivec2& sizePx);

  ivec2 sizePx() const { return sizePx_; }
  /// Nothing was ever drawn into it.
  bool isBlank() const { return !hasLayout_; }
  VkImage image() const { return image_.get(); }
  VkImageView view() const { return image_.view(); }
  static constexpr VkFormat kFormat = VK_FORMAT_R8G8B8A8_UNORM;

  /// Records a wait for all earlier uses; `next` is what follows. The content stays.
  void acquire(gpu::Frame& frame, const gpu::Access& next);

  /// The pixels, four bytes each, after all submitted work has run. Waits.
  std::vector<std::uint8_t> readBack(gpu::Device& device);

 private:
  ivec2 sizePx_;
  gpu::Image image_;
  bool hasLayout_ = false;
};

/// Records scaling all of `from` to the pixels `toPx` of `to`, linearly filtered.
void scalePicture(gpu::Frame& frame, Picture& from, Picture& to, const PixelRect& toPx);

}  // namespace volary
