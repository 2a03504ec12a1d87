#pragma once

#include "gpu/frame.h"
#include "gpu/unique.h"
#include "render/overlay.h"
#include "render/picture.h"
#include "scene/region.h"

#include <optional>
#include <span>

namespace volary {

/// The pass that draws straight lines over a picture, by the rasteriser. Used by the render thread; the device must
/// outlive it.
class LinePass {
 public:
  explicit LinePass(gpu::Device& device);

  /// See Renderer::drawLines().
  void draw(gpu::Frame& frame, Picture& picture, std::span<const RegionLines> regions,
            const std::optional<PixelRect>& onlyPx);

 private:
  gpu::UniquePipelineLayout layout_;
  gpu::UniquePipeline pipeline_;
};

}  // namespace volary
