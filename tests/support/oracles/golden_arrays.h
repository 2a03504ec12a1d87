#pragma once

#include "formats/arrays/stored_array.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace volary::test {

/// A row of GOLDEN.tsv about an array that is a folder.
struct GoldenArray {
  std::string folder;  ///< relative to the folder of test data
  std::string shape;   ///< "27x226x186", slowest axis first
  std::string type;    ///< "u2"
  std::string sha256;  ///< of the voxels in C order, little-endian
};

/// The rows whose folder begins with one of `places`, each folder once for each checksum.
std::vector<GoldenArray> readGoldenArrays(const std::filesystem::path& data, const std::vector<std::string>& places);

/// Checks shape, type and every voxel of each, as `open` reads it. Within a Catch2 test.
void checkGoldenArrays(
    const std::filesystem::path& data, const std::vector<GoldenArray>& golden,
    const std::function<std::shared_ptr<const arrays::StoredArray>(const std::filesystem::path&)>& open);

}  // namespace volary::test
