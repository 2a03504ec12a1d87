#pragma once

#include "pyramid/brick_statistics.h"
#include "sidecar/level_file.h"

#include <vector>

/// Statistics of the bricks of a sidecar's levels, kept beside their chunks, so that a picture has its contrast before
/// it has voxels.
namespace volary {

/// The name of the record that holds the statistics of the bricks in this box of a level, x fastest. No chunk has this
/// name.
i64vec3 statisticsName(const VoxelBox& box);

/// Makes such a record: measures the bricks of a box of one level from their voxels. All bricks are whole, except at
/// the level's end.
EncodedChunk measureBox(const PyramidJob& job, int level, const BoxValues& voxels, int threads);

/// By level of the job and brick, x fastest. Empty for levels whose statistics are not kept: the finest, if all would
/// take too much memory.
using LevelStatistics = std::vector<std::vector<BrickStatistics>>;
LevelStatistics readStatistics(const PyramidJob& job, const LevelFile& levels);

}  // namespace volary
