#pragma once

#include "pyramid/voxel_type.h"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace volary::test {

/// All voxels of a dataset as H5Dread gives them, in the type that is stored (of `type` only the width and kind count:
/// an int16 read as uint16 keeps its bits), native byte order. Throws std::runtime_error.
std::vector<std::byte> readWithHdf5(const std::filesystem::path& file, const std::string& dataset, VoxelType type);

/// False for HDF5 1.14.5 and 1.14.6, which refuse chunks that the scale-offset filter could not make smaller:
/// https://github.com/HDFGroup/hdf5/issues/5861.
bool hdf5ReadsAllRecords();

}  // namespace volary::test
