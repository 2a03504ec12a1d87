#pragma once

#include "pyramid/source.h"

#include <filesystem>
#include <functional>
#include <vector>

namespace volary {

enum class IfExists { refuse, replace };

struct BdvWriteOptions {
  /// Downsampling factor of each level against the source's level 0, finest first; each level halves some axes of the
  /// one before. Empty: proposeBdvFactors().
  std::vector<i64vec3> factors;
  ivec3 chunkVoxels{16};
  IfExists ifExists = IfExists::refuse;
  int threads = 0;  ///< 0: one per core
  /// Called now and then on the calling thread with the share done, from 0 to 1. What it throws ends the writing.
  std::function<void(double)> progress;
};

/// The levels that BigDataViewer's exporter proposes: each doubles the axes whose voxels are at most twice as long as
/// the shortest, until no axis has more than 256 voxels. Source: bigdataviewer-core, ProposeMipmaps.
std::vector<i64vec3> proposeBdvFactors(const i64vec3& sizeVoxels, const dvec3& voxelSize);

/// Writes all images of `source` as BigDataViewer XML/HDF5: `xml`, and beside it the same name with .h5.
///
/// Level 0 is the source's level 0. A coarser voxel is the mean of the 1, 2, 4 or 8 voxels of the level before as they
/// are stored, integers rounded half up; a level has ceil(size / 2) voxels along a halved axis, and the last voxel stands
/// twice where one is missing. The bytes do not depend on the number of threads or the time.
///
/// Both files appear when they are whole; an error leaves nothing behind. Memory: some chunk layers of each level. Throws Error if a
/// file exists already and may not be replaced, if the source can't be read, or if the disk is full.
void writeBdvDataset(Source& source, const std::filesystem::path& xml, const BdvWriteOptions& options);

}  // namespace volary
