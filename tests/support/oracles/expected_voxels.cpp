#include "support/oracles/expected_voxels.h"

#include "formats/open.h"
#include "support/files/read_level.h"
#include "support/files/test_files.h"

#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <vector>

namespace volary::test {

const char* const kExpectPython = R"(
import os
def expect(location, setup, time, level, array):
    array = np.ascontiguousarray(array)
    assert array.ndim == 3, array.shape
    number = sum(1 for _ in open('expected.txt')) if os.path.exists('expected.txt') else 0
    array.astype(array.dtype.newbyteorder('=')).tofile(f'expected{number}.raw')
    with open('expected.txt', 'a') as file:
        print(location, setup, time, level, *reversed(array.shape), array.dtype.name, f'expected{number}.raw', file=file)
)";

namespace {

struct Expected {
  int setup = 0, timepoint = 0, level = 0;
  i64vec3 size{0};
  std::string type, raw;
};

std::map<std::string, std::vector<Expected>> readExpected(const std::filesystem::path& folder) {
  std::map<std::string, std::vector<Expected>> expected;
  std::ifstream stream(folder / "expected.txt");
  std::string location;
  Expected one;
  while (stream >> location >> one.setup >> one.timepoint >> one.level >> one.size.x >> one.size.y >> one.size.z >>
         one.type >> one.raw)
    expected[location].push_back(one);
  return expected;
}

}  // namespace

int checkExpectedVoxels(const std::filesystem::path& folder) {
  int compared = 0;
  for (const auto& [location, images] : readExpected(folder)) {
    INFO(location);
    const std::unique_ptr<Source> source = openSource((folder / location).string());
    std::set<int> setups, timepoints;
    std::map<std::pair<int, int>, int> levels;
    for (const Expected& image : images) {
      INFO("setup " << image.setup << ", time point " << image.timepoint << ", level " << image.level);
      setups.insert(image.setup);
      timepoints.insert(image.timepoint);
      ++levels[{image.setup, image.timepoint}];
      const ImageId id{findSetupIndex(source->dataset(), image.setup),
                       findTimepointIndex(source->dataset(), image.timepoint)};
      const ImagePyramid& pyramid = source->pyramid(id);
      REQUIRE(image.level < static_cast<int>(pyramid.levels.size()));
      CHECK(pyramid.levels[image.level].sizeVoxels == image.size);
      CHECK(voxelTypeName(pyramid.voxelType) == image.type);
      const std::vector<std::byte> voxels = readLevel(*source, id, image.level);
      const std::string raw = readAll(folder / image.raw);
      REQUIRE(voxels.size() == raw.size());
      CHECK(std::memcmp(voxels.data(), raw.data(), raw.size()) == 0);
      CHECK(source->countBytesStored(id, image.level) > 0);
      ++compared;
    }
    CHECK(source->dataset().setups.size() == setups.size());
    CHECK(source->dataset().timepoints.size() == timepoints.size());
    for (const auto& [image, count] : levels)
      CHECK(source
                ->pyramid({findSetupIndex(source->dataset(), image.first),
                           findTimepointIndex(source->dataset(), image.second)})
                .levels.size() == static_cast<std::size_t>(count));
  }
  return compared;
}

}  // namespace volary::test
