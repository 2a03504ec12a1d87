#pragma once

#include "pyramid/source.h"

#include <cstddef>
#include <vector>

namespace volary {

/// Some consecutive planes of one level in memory: x fastest, then y, then z.
///
/// Invariant: planes [firstPlane, firstPlane + planes) of the level are held; at most `capacity` fit.
struct LevelSlab {
  i64vec3 sizeVoxels{0};  ///< of the whole level
  std::int64_t capacity = 0;
  std::int64_t firstPlane = 0;
  std::int64_t planes = 0;
  std::vector<std::byte> voxels;

  std::int64_t planeVoxels() const { return sizeVoxels.x * sizeVoxels.y; }
  bool full() const { return planes == capacity || firstPlane + planes == sizeVoxels.z; }
};

/// Reads the next planes of level 0, as many as fit. `slab` is empty before.
void fillSlab(Source& source, ImageId image, int threads, LevelSlab& slab);

/// One chunk of the slab, chunk.z counted from the slab's first plane; zero beyond the level.
std::vector<std::byte> cutChunk(const LevelSlab& slab, std::size_t voxelBytes, const ivec3& chunkVoxels, const i64vec3& chunk);

/// Appends `count` planes to `coarse`, each voxel the mean of factor.x * y * z voxels of `fine` (1 or 2 along an axis),
/// beginning at the fine level's plane factor.z * (coarse.firstPlane + coarse.planes). Integers are rounded half up; where
/// the fine level ends, its last voxel stands twice.
void appendMeans(VoxelType type, const LevelSlab& fine, const i64vec3& factor, std::int64_t count, int threads,
                 LevelSlab& coarse);

}  // namespace volary
