#pragma once

#include "gpu/frame.h"
#include "gpu/image.h"
#include "pyramid/page_voxel.h"

#include <cstddef>
#include <span>

namespace volary {

/// One whole level as one image on the GPU, with the border of a brick around it: what a renderer without paging draws, and
/// what paging is measured against.
class DenseLevel {
 public:
  /// Throws Error if the device has no such image, or no memory for it.
  DenseLevel(gpu::Device& device, PageFormat format, const i64vec3& sizeVoxels);

  /// Records writing planes [firstPlane, ...) of the image: page voxels, x fastest, paddedSize().x * paddedSize().y a plane.
  /// Planes are counted with the border; outside the level its nearest voxel is to be repeated.
  void write(gpu::Frame& frame, int firstPlane, std::span<const std::byte> planes);

  /// The level's size, with the border.
  ivec3 paddedSize() const { return paddedSize_; }
  const gpu::Image& image() const { return image_; }

 private:
  PageFormat format_;
  ivec3 paddedSize_;
  gpu::Image image_;
  bool imageReady_ = false;  // has the layout that it is used with
};

}  // namespace volary
