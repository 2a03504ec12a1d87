#pragma once

#include "export/if_exists.h"
#include "pyramid/source.h"

#include <filesystem>
#include <functional>
#include <vector>

namespace volary {

struct BdvWriteOptions {
  /// Downsampling factor of each level against the source's level 0, finest first. Empty: as BigDataViewer proposes.
  std::vector<i64vec3> factors;
  ivec3 chunkVoxels{16};
  IfExists ifExists = IfExists::refuse;
  int threads = 0;  ///< 0: one per core
  /// Called now and then with the share done, from 0 to 1, one call at a time. If it throws, writing ends with that
  /// exception.
  std::function<void(double)> progress;
};

/// Writes all images of `source` as BigDataViewer XML/HDF5: `xml`, and beside it the same name with .h5. Same as
/// convertDataset() with its defaults, except that chunks are cubes.
void writeBdvDataset(Source& source, const std::filesystem::path& xml, const BdvWriteOptions& options);

}  // namespace volary
