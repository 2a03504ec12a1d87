// Folders and patterns of TIFF files.
#include "base/error.h"
#include "formats/open.h"
#include "formats/tiff/file_names.h"
#include "support/files/test_files.h"
#include "support/oracles/expected_voxels.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <string>

using namespace volary;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

TEST_CASE("numbers in names are in the order of numbers") {
  std::vector<std::string> names = {
      "img10.tif", "img2.tif", "img1.tif", "img2b.tif", "a.tif", "img002.tif", "img99999999999999999999999.tif", "img"};
  std::ranges::sort(names, tiff::naturalLess);
  CHECK(names == std::vector<std::string>{"a.tif", "img", "img1.tif", "img002.tif", "img2.tif", "img2b.tif",
                                          "img10.tif", "img99999999999999999999999.tif"});
}

TEST_CASE("names say which number is which axis") {
  const tiff::NamedAxes axes = tiff::understandNames({"x_t7_c1_z1", "x_t7_c1_z2", "x_t7_c3_z1", "x_t7_c3_z2",
                                                      "x_t12_c1_z1", "x_t12_c1_z2", "x_t12_c3_z1", "x_t12_c3_z2"},
                                                     tiff::UnnamedAxis::planes);
  CHECK(axes.channels == 2);
  CHECK(axes.planes == 2);
  CHECK(axes.timepoints == 2);
  CHECK(axes.timepointIds == std::vector<int>{7, 12});
  CHECK(axes.places[5].z == 1);
  CHECK(axes.places[5].channel == 0);
  CHECK(axes.places[5].timepoint == 1);
}

TEST_CASE("names that are not alike, or leave most places empty, are planes in their order") {
  CHECK(tiff::understandNames({"a1", "b2", "b3"}, tiff::UnnamedAxis::planes).planes == 3);
  CHECK(tiff::understandNames({"z1c1", "z2c2", "z3c3", "z4c4"}, tiff::UnnamedAxis::planes).planes == 4);
  CHECK(tiff::understandNames({"z1t1", "z1t2", "z2t1"}, tiff::UnnamedAxis::planes).timepoints == 2);
  CHECK(tiff::understandNames({"1_1", "1_2", "2_1", "2_2"}, tiff::UnnamedAxis::planes).planes == 4);
  CHECK(tiff::understandNames({"s1", "s2"}, tiff::UnnamedAxis::timepoints).timepoints == 2);
}

namespace {

const char* const kPlanesScript = R"(
import tifffile
random = np.random.default_rng(7)
volume = random.integers(0, 65536, (12, 31, 43)).astype('uint16')
os.mkdir('planes')
for z in range(12):
    tifffile.imwrite(f'planes/img{z}.tif', volume[z], compression='zlib' if z % 2 else None)
open('planes/notes.txt', 'w').write('no picture')
open('planes/._img0.tif', 'w').write('what another system leaves behind')
)";

}  // namespace

TEST_CASE("a folder and a pattern of planes are a stack in natural order") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), std::string(test::kExpectPython) + kPlanesScript + R"(
expect('planes', 0, 0, 0, volume)
expect('planes/img*.tif', 0, 0, 0, volume)
expect('planes/img?.tif', 0, 0, 0, volume[:10])
expect('planes/img[0-4].tif', 0, 0, 0, volume[:5])
expect('planes/img1[01].tif', 0, 0, 0, volume[10:])
)");
  CHECK(test::checkExpectedVoxels(folder.path()) == 5);
  CHECK(openSource((folder / "planes").string())->dataset().format == "TIFF folder");
}

TEST_CASE("a folder of stacks is a series, channels and time points by their names") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), std::string(test::kExpectPython) + R"(
import tifffile
random = np.random.default_rng(7)
os.mkdir('series')
for c in range(2):
    for t in (3, 10, 20):
        volume = random.integers(0, 256, (4, 15, 16)).astype('uint8')
        tifffile.imwrite(f'series/image--C{c:02}--T{t:05}.tif', volume, imagej=True, metadata={'axes': 'ZYX'})
        expect('series', c, t, 0, volume)
)");
  CHECK(test::checkExpectedVoxels(folder.path()) == 6);
}

TEST_CASE("a plane of another size fails with a sentence, and the others are read") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), std::string(test::kExpectPython) + kPlanesScript + R"(
tifffile.imwrite('planes/img5.tif', volume[0, :7, :9])
tifffile.imwrite('planes/img6.tif', volume[0].astype('float32'))
open('planes/img7.tif', 'w').write('no TIFF file')
)");
  const std::unique_ptr<Source> source = openSource((folder / "planes").string());
  CHECK(source->readChunk({.chunk = {0, 0, 4}}).stored);
  const auto fails = [&](std::int64_t z, const char* words) {
    CHECK_THROWS_MATCHES(source->readChunk({.chunk = {0, 0, z}}), Error, MessageMatches(ContainsSubstring(words)));
  };
  fails(5, "img5.tif: page 0 is 9 x 7 of uint16, the first one of the stack is 43 x 31 of uint16");
  fails(6, "img6.tif: page 0 is 43 x 31 of float32");
  fails(7, "img7.tif: this is not a TIFF file");
}

TEST_CASE("a folder without TIFF files and a pattern that nothing fits are refused") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "empty");
  CHECK_THROWS_AS(openSource((folder / "empty").string()), Error);
  CHECK_THROWS_MATCHES(openSource((folder / "plane_*.tif").string()), Error,
                       MessageMatches(ContainsSubstring("no file's name fits")));
  CHECK_THROWS_AS(openSource((folder / "nowhere" / "*.tif").string()), Error);
}
