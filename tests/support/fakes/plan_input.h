#pragma once

#include "paging/wanted.h"

#include <cmath>
#include <set>
#include <vector>

namespace volary::test {

inline ImagePyramid makePyramid(const i64vec3& size, const std::vector<dvec3>& factors) {
  ImagePyramid pyramid;
  for (const dvec3& factor : factors)
    pyramid.levels.push_back({.sizeVoxels = glm::max(i64vec3(dvec3(size) / factor), i64vec3(1)),
                              .factor = factor,
                              .chunkVoxels = ivec3(16)});
  return pyramid;
}

inline std::vector<dvec3> powersOfTwo(int levels) {
  std::vector<dvec3> factors;
  for (int l = 0; l < levels; ++l) factors.emplace_back(std::exp2(l));
  return factors;
}

/// The levels of the bricks that are wanted for themselves.
inline std::set<int> leafLevels(const WantedSet& wanted) {
  std::set<int> levels;
  for (const WantedBrick& brick : wanted.bricks)
    if (brick.leaf) levels.insert(brick.key.level);
  return levels;
}

/// An orthographic camera in front of the point, looking along world z, at this many pixels a world unit.
inline ViewRegion alongZ(const dvec3& point, double pixelsPerUnit, const ivec2& size) {
  Camera camera;
  camera.projection = Projection::orthographic;
  camera.position = point - dvec3(0, 0, 1e5);
  camera.orthoHeightWorld = size.y / pixelsPerUnit;
  return makeVolumeRegion(camera, {0, 0}, size);
}

}  // namespace volary::test
