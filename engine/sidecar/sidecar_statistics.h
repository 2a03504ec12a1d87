#pragma once

#include "pyramid/brick_statistics.h"
#include "sidecar/level_file.h"

#include <vector>

/// Statistics of the bricks of a sidecar's levels, kept beside their chunks, so that a picture has its contrast before
/// it has voxels.
namespace volary {

/// The name of the record that holds the statistics of the bricks of this box of a level, x fastest: no chunk has it.
i64vec3 statisticsName(const VoxelBox& box);

/// Measures the bricks of a box of one level, all of them whole but at the level's end, from their voxels: such a
/// record.
EncodedChunk measureBox(const PyramidJob& job, int level, const BoxValues& voxels, int threads);

/// By level of the job and brick, x fastest. Empty for levels that are not known: the finest, where all would take too
/// much memory.
using LevelStatistics = std::vector<std::vector<BrickStatistics>>;
LevelStatistics readStatistics(const PyramidJob& job, const LevelFile& levels);

}  // namespace volary
