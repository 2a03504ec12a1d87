#pragma once

#include "pyramid/brick.h"

#include <cstddef>
#include <cstdint>

/// Bricks of peaks: what a maximum shows of a level so that thin bright structures of finer ones are not lost.
///
/// A coarse level is made of means: of a bright thread of one voxel a level L factors of 2 coarser has 1 / 4^L. A brick
/// of peaks has the size and the place of a stored one, but each of its voxels is the greatest of those voxels of a
/// finer level whose centres are less than one voxel away from its own along each axis: the ones at whose place linear
/// interpolation takes account of it. So interpolated peaks are nowhere below the finer level's voxel at that place,
/// wherever rays pass.
namespace volary {

/// A view's peaks can come from that many factors of 2 below the level that the screen asks for: 8^3 voxels in one.
inline constexpr int kMostPeakLevels = 3;
/// Of smaller chunks no peaks are made: a brick in the making lists those that it needs.
inline constexpr std::size_t kMostPeakChunks = 1 << 15;

/// The key of the stored brick at the place of a brick of peaks.
inline BrickKey storedKey(BrickKey key) {
  key.peaks = 0;
  return key;
}

/// How many levels finer the voxels are whose peaks stand in for those of `level`: BrickKey::peaks, 0 = none. The most
/// at which a voxel holds no more than 8^`peakLevels` of them, so that this is what a brick of peaks costs, whatever
/// the factors.
int findPeaks(const ImagePyramid& pyramid, int level, int peakLevels);

/// Voxels of a level along one axis, first and one past last.
struct VoxelSpan {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// The voxels of `finer` along `axis` whose peaks are voxel `at` of `level`. The last one takes those beyond it too,
/// which a level that was rounded down leaves over. Never empty.
VoxelSpan finerVoxels(const LevelInfo& level, const LevelInfo& finer, int axis, std::int64_t at);

/// The chunks of `finer` that the peaks of a brick of `level` with its border come from.
ChunkRange chunksOfPeaks(const LevelInfo& level, const LevelInfo& finer, const ivec3& brick);

}  // namespace volary
