#pragma once

#include "render/renderer.h"

#include <cstddef>
#include <memory>
#include <span>

namespace volary {

/// Several images in one picture.
struct SceneInput {
  /// All alike in regions, mode, background, planes, transfer function and onlyPx: the first one's count. In the order
  /// in which they are mixed; at least one.
  std::span<const DrawInput> images;
  Blend blend = Blend::sum;
  std::size_t guide = 0;  ///< the image that DrawInput::planes reach as far as
};

/// The passes over several images. A projection or a slice of each is mixed with the others'; where images are
/// composited, they are so along the ray, in one march, as clouds in one space: emission and absorption of all add up,
/// and Blend says nothing.
class SceneRenderer {
 public:
  explicit SceneRenderer(gpu::Device& device);
  ~SceneRenderer();
  SceneRenderer(const SceneRenderer&) = delete;
  SceneRenderer& operator=(const SceneRenderer&) = delete;

  /// See Renderer; `input` is any image's.
  bool prepare(PageFormat format, Filtering filtering, const DrawInput& input);
  std::size_t pipelinesUsed() const;

  /// See Renderer::draw(). Throws Error if an image has more than 32 levels.
  void draw(gpu::Frame& frame, VolumeCache& cache, Picture& picture, const SceneInput& input);

 private:
  struct Passes;
  gpu::Device& device_;
  std::unique_ptr<Passes> passes_;
};

}  // namespace volary
