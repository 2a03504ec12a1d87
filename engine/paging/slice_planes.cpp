#include "paging/slice_planes.h"

#include "pyramid/level_transform.h"

#include <algorithm>
#include <cmath>

namespace volary {

FrameVector<SlicePlane> findSlicePlanes(std::span<const WantedImage> images, std::span<const ViewRegion> regions) {
  constexpr double kFlat = 1e-3;  // of a voxel: it is one plane all over the region
  FrameVector<SlicePlane> planes;
  for (const ViewRegion& region : regions) {
    if (region.kind != RegionKind::slice || region.slabWorld > 0.0) continue;
    for (const WantedImage& image : images) {
      if (!image.pyramid->growing) continue;
      const dmat4 edgeFromWorld = glm::inverse(worldFromEdge(image.worldFromVoxel));
      const auto zAt = [&](const dvec2& px) { return (edgeFromWorld * dvec4(region.originAt(px), 1.0)).z; };
      const dvec2 size(region.sizePx);
      const double z = zAt(size * 0.5);
      const auto isThere = [&](const dvec2& px) { return std::abs(zAt(px) - z) < kFlat; };
      if (!isThere({0.0, 0.0}) || !isThere({size.x, 0.0}) || !isThere({0.0, size.y})) continue;
      if (z >= 0.0 && z <= fullSizeVoxels(*image.pyramid).z) planes.push_back({image.image, z});
    }
  }
  return planes;
}

}  // namespace volary
