#pragma once

#include "pyramid/brick_statistics.h"
#include "sidecar/level_file.h"

#include <atomic>
#include <vector>

/// What the bricks of a sidecar's levels are like, kept beside their chunks: so that a picture has its contrast before it has
/// voxels.
namespace volary {

/// Measures the bricks of all levels of the job, whose chunks the file holds, and appends what it finds. The levels are decoded
/// once more, which are a seventh of the image. `source` names things. Throws Error, and Interrupted once `stop` is true.
void appendStatistics(const Source& source, const PyramidJob& job, LevelFile& levels, int threads, const std::atomic<bool>& stop);

/// By level of the job and brick, x fastest. Empty for levels that are not known: the finest, where all would take too much
/// memory.
using LevelStatistics = std::vector<std::vector<BrickStatistics>>;
LevelStatistics readStatistics(const PyramidJob& job, const LevelFile& levels);

}  // namespace volary
