#pragma once

#include "pyramid/brick.h"

#include <cstddef>
#include <cstdint>

/// Bricks of peaks: a maximum shows them in place of a level's own bricks, so that thin bright structures of finer
/// levels are not lost.
///
/// A coarse level is made of means. In a level that is L factors of 2 coarser, a bright thread one voxel wide has 1 /
/// 4^L of its brightness. A brick of peaks has the size and the place of a stored one, but each of its voxels is the
/// greatest of those voxels of a finer level whose centres are less than one voxel away from its own along each axis.
/// Linear interpolation at the places of these voxels uses this one. So interpolated peaks are nowhere below the finer
/// level's voxel at that place, wherever rays pass.
namespace volary {

/// A view's peaks come from at most this many factors of 2 below the level that the screen asks for: 8^3 voxels in one.
inline constexpr int kMostPeakLevels = 3;
/// No peaks are made if a brick could need more chunks than this: it lists all of them while it is made.
inline constexpr std::size_t kMostPeakChunks = 1 << 15;

/// The key of the stored brick at the place of a brick of peaks.
inline BrickKey storedKey(BrickKey key) {
  key.peaks = 0;
  return key;
}

/// How many levels finer the voxels are whose peaks replace those of `level`: BrickKey::peaks, 0 = none. It is the
/// largest number at which a voxel holds at most 8^`peakLevels` finer ones, so that this bounds the cost of a brick of
/// peaks, whatever the factors.
int findPeaks(const ImagePyramid& pyramid, int level, int peakLevels);

/// Voxels of a level along one axis, first and one past last.
struct VoxelSpan {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// The voxels of `finer` along `axis` whose peaks are voxel `at` of `level`. The last voxel also takes those beyond its
/// end, which a level that was rounded down leaves over. Never empty.
VoxelSpan finerVoxels(const LevelInfo& level, const LevelInfo& finer, int axis, std::int64_t at);

/// The chunks of `finer` that the peaks of a brick of `level` with its border come from.
ChunkRange chunksOfPeaks(const LevelInfo& level, const LevelInfo& finer, const ivec3& brick);

}  // namespace volary
