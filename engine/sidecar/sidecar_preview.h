#pragma once

#include "build/block_runner.h"
#include "pyramid/source.h"

#include <atomic>
#include <cstddef>
#include <vector>

/// A stand-in for levels that are still to be made: a small level of samples, so that the whole volume is seen within
/// moments.
namespace volary {

/// The preview's shape: at most 128 x 128 x 64 voxels, in one chunk, coarser than the job's last level. It has as many
/// planes along z as cost at most a sixteenth of the image and at most 256 MiB. Pure.
LevelInfo planPreview(const PyramidJob& job);

/// The preview's voxels, x fastest: each is the voxel in the middle of the box of the job's level 0 that it stands for.
/// Decodes only the chunks that hold these. Throws Error if one can't be read, and Interrupted once `stop` is true.
std::vector<std::byte> makePreview(Source& source, const PyramidJob& job, const LevelInfo& preview, int threads,
                                   const std::atomic<bool>& stop);

}  // namespace volary
