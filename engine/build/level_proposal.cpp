#include "build/level_proposal.h"

#include <algorithm>
#include <cmath>

namespace volary {
namespace {

// The largest axis of the coarsest level that BigDataViewer proposes.
constexpr std::int64_t kCoarseEnough = 256;

}  // namespace

ivec3 proposeChunk(const dvec3& voxelSize, std::int64_t maxVoxels) {
  const double maxBits = std::log2(static_cast<double>(maxVoxels));
  // The edge of a cube in space that holds this many voxels, in voxels along each axis, as bits. If a voxel is longer
  // than that edge along an axis, the other two axes share the bits.
  dvec3 wanted(1.0);
  for (bool again = true; again;) {
    double bits = maxBits;
    int sharing = 0;
    for (int axis = 0; axis < 3; ++axis)
      if (wanted[axis] > 0.0) {
        bits += std::log2(voxelSize[axis]);
        ++sharing;
      }
    again = false;
    for (int axis = 0; axis < 3; ++axis) {
      if (wanted[axis] <= 0.0) continue;
      wanted[axis] = std::max(0.0, bits / sharing - std::log2(voxelSize[axis]));
      again = again || wanted[axis] == 0.0;
    }
  }
  ivec3 bits;
  // A little is added, so that 3.999... from rounding is 4.
  for (int axis = 0; axis < 3; ++axis) bits[axis] = static_cast<int>(wanted[axis] + 1e-9);
  while (bits.x + bits.y + bits.z + 1 <= maxBits) {
    int best = 0;
    const auto lacking = [&](int axis) { return wanted[axis] - bits[axis] + 0.01 * (3 - axis); };
    for (int axis = 1; axis < 3; ++axis)
      if (lacking(axis) > lacking(best)) best = axis;
    ++bits[best];
  }
  return {1 << bits.x, 1 << bits.y, 1 << bits.z};
}

std::vector<LevelShape> proposeLevels(const i64vec3& sizeVoxels, const dvec3& voxelSize, std::int64_t maxChunkVoxels) {
  std::vector<LevelShape> levels;
  i64vec3 factor(1);
  for (;;) {
    const dvec3 now = voxelSize * dvec3(factor);
    levels.push_back({factor, proposeChunk(now, maxChunkVoxels)});
    const i64vec3 size = sizeVoxels / factor;
    if (std::max({size.x, size.y, size.z}) <= kCoarseEnough) return levels;
    const double shortest = std::min({now.x, now.y, now.z});
    for (int axis = 0; axis < 3; ++axis)
      if (now[axis] <= 2.0 * shortest) factor[axis] *= 2;
  }
}

}  // namespace volary
