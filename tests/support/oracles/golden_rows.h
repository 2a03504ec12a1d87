#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace volary::test {

/// A row of GOLDEN.tsv: what another program read from a file of the test data.
struct GoldenRow {
  std::string file;    ///< or folder, relative to the folder of test data
  std::string place;   ///< of the array in it; "." for the file itself
  std::string shape;   ///< "27x226x186", slowest axis first
  std::string type;    ///< "u2"
  std::string sha256;  ///< of the voxels in C order, little-endian
};

/// All rows, in the table's order.
std::vector<GoldenRow> readGoldenRows(const std::filesystem::path& data);

/// The SHA-256 of `bytes`, by the system's own program; `scratch` is a file that may be written.
std::string sha256(const std::vector<std::byte>& bytes, const std::filesystem::path& scratch);

}  // namespace volary::test
