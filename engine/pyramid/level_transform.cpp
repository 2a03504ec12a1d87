#include "pyramid/level_transform.h"

#include <glm/gtc/matrix_transform.hpp>

namespace volary {

dmat4 voxelFromLevelVoxel(const dvec3& factor) {
  return glm::scale(glm::translate(dmat4(1.0), 0.5 * (factor - 1.0)), factor);
}

dmat4 worldFromEdge(const dmat4& worldFromVoxel) { return glm::translate(worldFromVoxel, dvec3(-0.5)); }

dvec3 fullSizeVoxels(const ImagePyramid& pyramid) {
  const LevelInfo& finest = pyramid.levels.front();
  return dvec3(finest.sizeVoxels) * finest.factor;
}

Box3 worldBox(const ImagePyramid& pyramid, const dmat4& worldFromVoxel) {
  const dmat4 worldFromEdgeSpace = worldFromEdge(worldFromVoxel);
  const dvec3 size = fullSizeVoxels(pyramid);
  Box3 box;
  for (int corner = 0; corner < 8; ++corner) {
    const dvec3 edge(corner & 1 ? size.x : 0.0, corner & 2 ? size.y : 0.0, corner & 4 ? size.z : 0.0);
    const dvec3 world = transformPoint(worldFromEdgeSpace, edge);
    box.min = corner == 0 ? world : glm::min(box.min, world);
    box.max = corner == 0 ? world : glm::max(box.max, world);
  }
  return box;
}

}  // namespace volary
