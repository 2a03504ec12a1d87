#pragma once

#include "formats/bdv/bdv_files.h"
#include "formats/bdv/hdf5_filters.h"
#include "pyramid/dataset.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace volary {

/// How the voxels of one level are reached.
struct BdvLevel {
  std::filesystem::path file;
  std::string object;
  i64vec3 sizeVoxels{0};
  i64vec3 chunkVoxels{0};
  std::size_t chunkBytes = 0;            ///< of a decoded chunk
  /// Present if chunks are read raw and decoded by us; otherwise the library reads boxes of chunkVoxels as readType.
  std::optional<FilterChain> filters;
  VoxelType readType = VoxelType::uint16;
  std::vector<std::byte> fillValue;      ///< see Hdf5DatasetInfo
};

/// One image: what it shows, and how it is read. The two lists of levels run in parallel.
struct BdvImage {
  ImagePyramid pyramid;
  std::vector<BdvLevel> levels;
};

/// Reads the metadata of one image. `what` names it in errors. Levels that are not there are left out. Throws Error if
/// no level is there, or one can't be shown.
BdvImage readBdvImage(BdvFiles& files, const SpimView& view, const std::string& what);

}  // namespace volary
