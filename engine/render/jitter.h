#pragma once

#include "base/geometry.h"
#include "gpu/buffer.h"
#include "gpu/frame.h"

#include <vector>

namespace volary {

/// Numbers in (0, 1), row by row, for a tile of shared::kNoiseSize pixels along each axis that meets itself at its
/// edges: each of them once, evenly spaced, and neighbours as different as can be (blue noise).
///
/// By void and cluster: Ulichney: The void-and-cluster method for dither array generation (1993).
std::vector<float> makeBlueNoise();

/// Of which phase picture `picture` of `pictures` is, as a part of a step: each of the multiples of 1 / `pictures`
/// once, those that follow each other far apart.
double phaseShift(int picture, int pictures);

/// What the mean of several pictures of one size takes on the device.
class JitterBuffers {
 public:
  JitterBuffers(gpu::Device& device, const ivec2& sizePx);

  /// Records a wait of passes that follow for those before.
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
