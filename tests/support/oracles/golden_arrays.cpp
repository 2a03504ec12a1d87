#include "support/oracles/golden_arrays.h"

#include "support/files/read_array.h"
#include "support/files/test_files.h"
#include "support/oracles/golden_rows.h"

#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace volary::test {

std::vector<GoldenArray> readGoldenArrays(const std::filesystem::path& data, const std::vector<std::string>& places) {
  std::vector<GoldenArray> golden;
  for (const GoldenRow& row : readGoldenRows(data)) {
    if (row.place != ".") continue;
    if (std::ranges::any_of(places, [&](const std::string& place) { return row.file.starts_with(place); }))
      golden.push_back({row.file, row.shape, row.type, row.sha256});
  }
  return golden;
}

void checkGoldenArrays(
    const std::filesystem::path& data, const std::vector<GoldenArray>& golden,
    const std::function<std::shared_ptr<const arrays::StoredArray>(const std::filesystem::path&)>& open) {
  const TemporaryFolder scratch;
  // One process computes all checksums.
  for (std::size_t i = 0; i < golden.size(); ++i) {
    INFO(golden[i].folder);
    const std::shared_ptr<const arrays::StoredArray> array = open(data / golden[i].folder);
    const std::string_view name = voxelTypeName(array->layout().voxelType);
    CHECK(fmt::format("{}", fmt::join(array->layout().shape, "x")) == golden[i].shape);
    CHECK(fmt::format("{}{}", name[0], voxelBytes(array->layout().voxelType)) == golden[i].type);
    const std::vector<std::byte> voxels = readArray(*array);
    std::ofstream(scratch / fmt::format("{:05}", i), std::ios::binary)
        .write(reinterpret_cast<const char*>(voxels.data()), static_cast<std::streamsize>(voxels.size()));
  }
  std::istringstream sums(runCommand("cd '" + scratch.path().string() + "' && sha256sum *"));
  for (const GoldenArray& row : golden) {
    INFO(row.folder);
    std::string sum;
    std::string name;
    sums >> sum >> name;
    CHECK(sum == row.sha256);
  }
}

}  // namespace volary::test
