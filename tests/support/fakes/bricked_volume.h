#pragma once

#include "gpu/frame.h"
#include "pyramid/brick.h"
#include "pyramid/dataset.h"
#include "render/volume_cache.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace volary::test {

/// A pyramid whose levels lie in memory as whole arrays of values, x fastest: what the reference renderer reads, and
/// what bricks are cut from.
struct ArrayVolume {
  ImagePyramid pyramid;
  std::vector<std::vector<double>> levels;

  /// A voxel of a level; indices outside repeat the nearest one.
  double voxel(int level, i64vec3 index) const;
};

/// The value of a field at a point of the full-resolution grid's edge space.
using Field = std::function<double(const dvec3& edge)>;

/// Samples `field` at every voxel's centre, rounded to what `type` can hold. The first factor is for level 0; a level's
/// size is the full size over its factor, rounded up.
ArrayVolume makeArrayVolume(VoxelType type, const i64vec3& fullSize, const std::vector<dvec3>& factors,
                            const Field& field);

/// Makes each level the means of the finer one, rounded as in files. Each factor is twice the one before.
void makeMeans(ArrayVolume& volume);

/// One brick as the loader makes it: kPaddedBrickVoxels page voxels.
std::vector<std::byte> makeBrick(const ArrayVolume& volume, const BrickKey& key);

/// Keys of all bricks of the levels, coarsest first.
std::vector<BrickKey> allBricks(const ImagePyramid& pyramid);

/// Uploads `keys` into slots 0, 1, ... and sets the page table. The cache must have as many slots.
void uploadBricks(gpu::Frame& frame, VolumeCache& cache, const ArrayVolume& volume, const std::vector<BrickKey>& keys);

}  // namespace volary::test
