// Every BigDataViewer file of the test data, decoded by Volary, against H5Dread and against GOLDEN.tsv.
#include "formats/open.h"
#include "support/files/read_level.h"
#include "support/files/test_files.h"
#include "support/oracles/golden_rows.h"
#include "support/oracles/hdf5_oracle.h"

#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace volary;

namespace {

struct GoldenLevel {
  std::string dataset;
  std::string shape;  // "27x226x186", slowest axis first
  std::string type;   // "u2"
  std::string sha256;
};

/// The levels of BigDataViewer's layout in GOLDEN.tsv, per file.
std::map<std::string, std::vector<GoldenLevel>> readGolden(const std::filesystem::path& data) {
  std::map<std::string, std::vector<GoldenLevel>> golden;
  for (const test::GoldenRow& row : test::readGoldenRows(data))
    if (row.file.ends_with(".h5") && row.place.ends_with("/cells"))
      golden[row.file].push_back({row.place, row.shape, row.type, row.sha256});
  return golden;
}

std::string shapeText(const i64vec3& size) { return fmt::format("{}x{}x{}", size.z, size.y, size.x); }

std::string typeText(VoxelType type) {
  const std::string_view name = voxelTypeName(type);
  return fmt::format("{}{}", name[0], voxelBytes(type));
}

}  // namespace

TEST_CASE("every level of every real file equals H5Dread and the golden checksum bit for bit") {
  const std::filesystem::path data = test::testData();
  const test::TemporaryFolder folder;
  const auto golden = readGolden(data);
  REQUIRE(golden.size() >= 12);
  for (const auto& [file, levels] : golden) {
    INFO(file);
    const std::unique_ptr<Source> source = openSource((data / file).string());
    std::set<std::string> seen;
    for (int setup = 0; setup < static_cast<int>(source->dataset().setups.size()); ++setup)
      for (int timepoint = 0; timepoint < static_cast<int>(source->dataset().timepoints.size()); ++timepoint) {
        const ImageId image{setup, timepoint};
        const ImagePyramid& pyramid = source->pyramid(image);
        for (int level = 0; level < static_cast<int>(pyramid.levels.size()); ++level) {
          const std::string dataset = fmt::format("t{:05}/s{:02}/{}/cells", source->dataset().timepoints[timepoint],
                                                  source->dataset().setups[setup].id, level);
          INFO(dataset);
          const std::vector<std::byte> voxels = test::readLevel(*source, image, level);
          if (test::hdf5ReadsAllRecords())
            CHECK((voxels == test::readWithHdf5(data / file, dataset, pyramid.voxelType)));
          CHECK(source->countBytesStored(image, level) > 0);
          // GOLDEN.tsv names a dataset once; labels-ulong.h5 has its first level under a second name.
          const auto expected = std::ranges::find(levels, dataset, &GoldenLevel::dataset);
          if (expected == levels.end()) continue;
          seen.insert(dataset);
          CHECK(shapeText(pyramid.levels[level].sizeVoxels) == expected->shape);
          CHECK(typeText(pyramid.voxelType) == expected->type);
          CHECK(test::sha256(voxels, folder / "voxels") == expected->sha256);
        }
      }
    CHECK(seen.size() == levels.size());
  }
}
