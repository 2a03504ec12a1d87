#pragma once

#include "base/geometry.h"
#include "gpu/buffer.h"
#include "gpu/frame.h"

#include <vector>

namespace volary {

/// Blue noise: numbers in (0, 1), row by row, for a tile of shared::kNoiseSize pixels along each axis whose opposite
/// edges match. The numbers are evenly spaced, each occurs once, and neighbours are as different as can be.
///
/// Based on: Ulichney: The void-and-cluster method for dither array generation (1993).
std::vector<float> makeBlueNoise();

/// The phase of picture `picture` of `pictures`, as a part of a step: each multiple of 1 / `pictures` once, those that
/// follow each other far apart.
double phaseShift(int picture, int pictures);

/// The buffers on the device for the mean of several pictures of one size.
class JitterBuffers {
 public:
  JitterBuffers(gpu::Device& device, const ivec2& sizePx);

  /// Records that the passes that follow wait for those before.
  void acquire(gpu::Frame& frame) const;
  VkDeviceAddress noise() const { return noise_.address(); }
  VkDeviceAddress sums() const { return sums_.address(); }
  const ivec2& sizePx() const { return sizePx_; }

 private:
  ivec2 sizePx_;
  gpu::Buffer noise_;
  gpu::Buffer sums_;
};

}  // namespace volary
