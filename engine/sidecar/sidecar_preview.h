#pragma once

#include "build/block_runner.h"
#include "pyramid/source.h"

#include <atomic>
#include <cstddef>
#include <vector>

/// A stand-in for levels that are still to be made: a small level of samples, so that the whole volume is seen within
/// moments.
namespace volary {

/// Its shape: at most 128 x 128 x 64 voxels, in one chunk, coarser than the job's last level. Along z as many planes as
/// cost a sixteenth of the image at most, and 256 MiB. Pure.
LevelInfo planPreview(const PyramidJob& job);

/// Its voxels, x fastest: each is the one in the middle of the box of the job's level 0 that it stands for. Decodes the
/// chunks that hold these and no other. Throws Error if one can't be read, and Interrupted once `stop` is true.
std::vector<std::byte> makePreview(Source& source, const PyramidJob& job, const LevelInfo& preview, int threads,
                                   const std::atomic<bool>& stop);

}  // namespace volary
