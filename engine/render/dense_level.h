#pragma once

#include "render/texel_store.h"

#include <cstddef>
#include <span>

namespace volary {

/// One whole level on the GPU, with the border of a brick around it: what a renderer without paging draws, and what
/// paging is measured against.
class DenseLevel {
 public:
  /// `filtering` is that of the page cache that it is compared with. Throws Error if the device has no room for it.
  DenseLevel(gpu::Device& device, PageFormat format, Filtering filtering, const i64vec3& sizeVoxels);

  /// Records writing planes [firstPlane, ...): page voxels, x fastest, paddedSize().x * paddedSize().y a plane. Planes
  /// are counted with the border; voxels outside the level must repeat its nearest voxel.
  void write(gpu::Frame& frame, int firstPlane, std::span<const std::byte> planes);

  /// The level's size, with the border.
  ivec3 paddedSize() const { return texels_.settings().slotTexels; }
  const TexelStore& texels() const { return texels_; }

 private:
  TexelStore texels_;
};

}  // namespace volary
