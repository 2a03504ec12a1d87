#pragma once

#include "scene/camera.h"
#include "scene/region.h"
#include "support/fakes/bricked_volume.h"

#include <algorithm>
#include <cmath>

namespace volary::test {

/// Deterministic noise in [0, 255]: every voxel differs from its neighbours, so that a wrong one is seen.
inline double noiseField(const dvec3& edge) {
  const i64vec3 p(glm::floor(edge));
  std::uint64_t h = static_cast<std::uint64_t>(p.x) * 0x9e3779b97f4a7c15u ^
                    static_cast<std::uint64_t>(p.y) * 0xc2b2ae3d27d4eb4fu ^
                    static_cast<std::uint64_t>(p.z) * 0x165667b19e3779f9u;
  h = (h ^ (h >> 29)) * 0xbf58476d1ce4e5b9u;
  h = (h ^ (h >> 32)) * 0x94d049bb133111ebu;
  return static_cast<double>(h >> 56);
}

/// Smooth blobs in [0, 255].
inline Field blobField(const dvec3& size) {
  return [size](const dvec3& edge) {
    const dvec3 p = edge / size;
    const double waves = std::sin(9.0 * p.x + 2.0 * p.y) * std::sin(11.0 * p.y - 3.0 * p.z) * std::cos(8.0 * p.z + p.x);
    const double falloff = 1.0 - std::min(1.0, 2.0 * glm::length(p - 0.5));
    return 255.0 * std::clamp(0.5 * falloff + 0.5 * waves, 0.0, 1.0);
  };
}

/// The orthographic view along an image axis, one full-resolution voxel a pixel, of an image whose transform is the
/// identity. The axes that lie in the picture are in ascending order, so that x (or y) points to the right.
inline ViewRegion axisRegion(int axis, const dvec3& size) {
  const int right = axis == 0 ? 1 : 0, down = axis == 2 ? 1 : 2;
  ViewRegion region;
  region.sizePx = ivec2(static_cast<int>(size[right]), static_cast<int>(size[down]));
  region.originDx[right] = 1.0;
  region.originDy[down] = 1.0;
  region.origin0 = dvec3(-0.5);
  region.origin0[axis] = -10.0;
  region.direction0[axis] = 1.0;
  return region;
}

/// A camera that looks at the box from a skew direction.
inline Camera skewCamera(const Box3& box, Projection projection) {
  const dquat turn = glm::normalize(dquat(0.8, 0.3, -0.45, 0.2));
  return makeCameraFor(box, turn, projection, 1.0);
}

}  // namespace volary::test
