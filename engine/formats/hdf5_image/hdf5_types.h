#pragma once

#include "base/geometry.h"
#include "pyramid/voxel_type.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

/// The parts of answers about HDF5 files, whether our own reader or the library gives them.
namespace volary {

/// One filter of a dataset's pipeline, in the order of writing.
struct Hdf5Filter {
  int id = 0;
  std::string name;  ///< as the library or the file calls it; may be empty
  std::vector<unsigned> clientData;
};

/// What is known of a 3-D dataset without reading it. Axis order x, y, z (the file's is z, y, x).
struct Hdf5DatasetInfo {
  i64vec3 sizeVoxels{0};
  std::optional<i64vec3> chunkVoxels;  ///< absent if the dataset is not chunked
  VoxelType storedType = VoxelType::uint16;
  bool bigEndian = false;
  /// Whether the stored numbers are `storedType` bit by bit. If not (half precision), only readBox can read them.
  bool isPlain = true;
  std::vector<Hdf5Filter> filters;
  /// Chunks that reach beyond the extent are stored unfiltered.
  bool rawPartialChunks = false;
  /// The fill value as it would be stored (file byte order); empty if it is zero or undefined.
  std::vector<std::byte> fillValue;
};

/// A small table of numbers: a 2-D dataset, row by row.
struct Hdf5Table {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> values;
  double at(std::size_t row, std::size_t column) const { return values[row * columns + column]; }
};

/// The target of a link that leaves its file: an object in another one. `file` is as written, not resolved.
struct Hdf5ExternalLink {
  std::string file;
  std::string object;
};

}  // namespace volary
