// Zeiss LSM and MetaMorph STK, which Python writes as their makers describe them: Volary reads the voxels that were
// written, and where tifffile can decode them, it finds the same ones.
#include "base/error.h"
#include "formats/open.h"
#include "support/files/read_level.h"
#include "support/files/test_files.h"
#include "support/oracles/expected_voxels.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <string>

using namespace volary;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinRel;

namespace {

/// Runs Python with the writers, tifffile, `expect` and `noise`.
void write(const test::TemporaryFolder& folder, const std::string& script) {
  test::runPython(folder.path(),
                  std::string("import sys\nsys.dont_write_bytecode = True\nsys.path.insert(0, '" VOLARY_SOURCE_DIR
                              "/tests/support/files')\n") +
                      test::kExpectPython + R"(
import tifffile
from tiff_dialects import write_lsm, write_stk
random = np.random.default_rng(7)
def noise(*shape, dtype='uint16'):
    return random.integers(0, np.iinfo(dtype).max, shape, dtype=dtype, endpoint=True)
def expect_all(name, tczyx, first_setup=0):
    for t in range(tczyx.shape[0]):
        for c in range(tczyx.shape[1]):
            expect(name, first_setup + c, t, 0, tczyx[t, c])
def tifffile_finds(name, axes, array):
    series = tifffile.TiffFile(name).series[0]
    assert series.axes == axes, series.axes
    np.testing.assert_array_equal(series.asarray().reshape(array.shape), array)
)" + script);
}

std::unique_ptr<Source> open(const std::filesystem::path& location) { return openSource(location.string()); }

}  // namespace

TEST_CASE("LSM files have their planes, times and channels, without the thumbnails, as tifffile reads them") {
  const test::TemporaryFolder folder;
  write(folder, R"(
colours, names = [(255, 0, 0), (0, 128, 255), (0, 0, 0)], ['Ch1-T2', 'Ch2', 'ChD']
for channels in (1, 2, 3):
    for dtype in ('uint8', 'uint16'):
        volume = noise(3, channels, 4, 21, 33, dtype=dtype)   # t c z y x
        name = f'{channels}{dtype}.lsm'
        write_lsm(name, volume, scan_type=6, voxel_size=(2e-7, 3e-7, 1.5e-6), colours=colours[:channels], names=names[:channels])
        tifffile_finds(name, 'TZCYX' if channels > 1 else 'TZYX', volume.swapaxes(1, 2))
        expect_all(name, volume)
# A movie of one plane, and a stack.
write_lsm('movie.lsm', noise(5, 1, 1, 21, 33), scan_type=3)
expect_all('movie.lsm', tifffile.imread('movie.lsm')[:, None, None])
write_lsm('stack.lsm', noise(1, 1, 6, 21, 33), scan_type=0)
expect_all('stack.lsm', tifffile.imread('stack.lsm')[None, None])
)");
  CHECK(test::checkExpectedVoxels(folder.path()) == 2 * 3 * (1 + 2 + 3) + 5 + 1);
  const std::unique_ptr<Source> source = open(folder / "3uint16.lsm");
  const Dataset& dataset = source->dataset();
  CHECK(dataset.format == "Zeiss LSM");
  CHECK(dataset.warnings.empty());
  CHECK(source->pyramid({}).levels.size() == 1);
  REQUIRE(dataset.setups.size() == 3);
  CHECK(dataset.setups[0].name == "Ch1-T2");
  CHECK(dataset.setups[2].name == "ChD");
  CHECK(dataset.setups[1].displayColour == dvec3(0, 128, 255) / 255.0);
  CHECK(!dataset.setups[2].displayColour);  // black would hide it
  CHECK(dataset.setups[1].unit == "µm");
  CHECK_THAT(dataset.setups[1].voxelSize.x, WithinRel(0.2));
  CHECK_THAT(dataset.setups[1].voxelSize.y, WithinRel(0.3));
  CHECK_THAT(dataset.setups[1].voxelSize.z, WithinRel(1.5));
}

TEST_CASE("compressed LSM files are read although their sizes of strips are those of unpacked ones") {
  const test::TemporaryFolder folder;
  write(folder, R"(
volume = noise(2, 2, 3, 50, 67)   # noise takes more when it is packed
volume[1, 1] = 7                  # and this far less
write_lsm('packed.lsm', volume, scan_type=6, compressed=True)
expect_all('packed.lsm', volume)
)");
  CHECK(test::checkExpectedVoxels(folder.path()) == 4);
  CHECK(open(folder / "packed.lsm")->pyramid({}).levels[0].codec == "lzw");
}

TEST_CASE("LSM files of several GiB are read although places beyond 4 GiB lack their upper bits") {
  const test::TemporaryFolder folder;
  write(folder, R"(
from tiff_dialects import write_large_lsm
for thumbnails_first in (False, True):
    for channels in (1, 3):
        volume = noise(3, channels, 4, 21, 32)
        name = f'large{int(thumbnails_first)}{channels}.lsm'
        write_large_lsm(name, volume, 800_000_000, thumbnails_first)   # 9.6 GB of holes: twice around
        tifffile_finds(name, 'TZCYX' if channels > 1 else 'TZYX', volume.swapaxes(1, 2))
        expect_all(name, volume)
)");
  CHECK(test::checkExpectedVoxels(folder.path()) == 2 * 3 * (1 + 3));
}

TEST_CASE("LSM recordings that were stopped, or at several positions, have the planes that are there") {
  const test::TemporaryFolder folder;
  write(folder, R"(
volume = noise(3, 2, 4, 21, 33)
write_lsm('stopped.lsm', volume, scan_type=6, stated=(5, 2, 4, 21, 33))
write_lsm('positions.lsm', volume[:2], positions=2)
# In x and z: what is said of planes does not fit the pages.
write_lsm('xz.lsm', noise(1, 1, 1, 21, 33), scan_type=1, stated=(1, 1, 21, 1, 33))
volume.tofile('volume')
)");
  const std::string voxels = test::readAll(folder / "volume");
  const std::size_t imageBytes = voxels.size() / 6;
  const auto isImage = [&](Source& source, ImageId image, std::size_t number) {
    const std::vector<std::byte> found = test::readLevel(source, image, 0);
    return std::string_view(reinterpret_cast<const char*>(found.data()), found.size()) ==
           std::string_view(voxels).substr(number * imageBytes, imageBytes);
  };
  const std::unique_ptr<Source> stopped = open(folder / "stopped.lsm");
  REQUIRE(stopped->dataset().timepoints.size() == 5);
  CHECK(stopped->dataset().setups[1].present == std::vector<bool>{true, true, true, false, false});
  CHECK(isImage(*stopped, {1, 2}, 5));
  REQUIRE(stopped->dataset().warnings.size() == 1);
  CHECK_THAT(stopped->dataset().warnings[0], ContainsSubstring("said to hold 20 images, and holds 12"));

  const std::unique_ptr<Source> positions = open(folder / "positions.lsm");
  REQUIRE(positions->dataset().setups.size() == 4);
  CHECK(positions->dataset().setups[2].name == "position 1 channel 0");
  for (std::int32_t setup = 0; setup < 4; ++setup)
    CHECK(isImage(*positions, {setup, 0}, static_cast<std::size_t>(setup)));

  const std::unique_ptr<Source> xz = open(folder / "xz.lsm");
  CHECK(xz->pyramid({}).levels[0].sizeVoxels == i64vec3(33, 21, 1));
  REQUIRE(xz->dataset().warnings.size() == 1);
  CHECK_THAT(xz->dataset().warnings[0], ContainsSubstring("scan type 1"));
}

TEST_CASE("STK files have all planes behind the first, along z or time, as tifffile reads them") {
  const test::TemporaryFolder folder;
  write(folder, R"(
for dtype in ('uint8', 'uint16'):
    volume = noise(6, 21, 33, dtype=dtype)
    write_stk(f'z{dtype}.stk', volume, 6 * [0.75], 6 * [100], (0.25, 0.5), 'um', 'cells')
    tifffile_finds(f'z{dtype}.stk', 'ZYX', volume)
    expect_all(f'z{dtype}.stk', volume[None, None])
    write_stk(f't{dtype}.stk', volume, 6 * [0], range(0, 60, 10))
    tifffile_finds(f't{dtype}.stk', 'TYX', volume)
    expect_all(f't{dtype}.stk', volume[:, None, None])
volume = noise(1, 21, 33)
write_stk('one.stk', volume, [0], [0], (2, 2), '')
expect_all('one.stk', volume[None, None])
)");
  CHECK(test::checkExpectedVoxels(folder.path()) == 2 * (1 + 6) + 1);
  const std::unique_ptr<Source> stack = open(folder / "zuint16.stk");
  CHECK(stack->dataset().format == "MetaMorph STK");
  CHECK(stack->dataset().setups[0].voxelSize == dvec3(0.25, 0.5, 0.75));
  CHECK(stack->dataset().setups[0].unit == "µm");
  CHECK(stack->dataset().setups[0].name == "cells");
  CHECK(open(folder / "tuint8.stk")->dataset().setups[0].unit == "pixel");
}

TEST_CASE("LSM and STK files that are cut off or lie are errors or what is there, never a crash") {
  const test::TemporaryFolder folder;
  write(folder, R"(
write_lsm('whole.lsm', noise(2, 2, 2, 5, 6), scan_type=6, colours=[(1, 2, 3), (4, 5, 6)], names=['a', 'b'], compressed=True)
write_stk('whole.stk', noise(3, 5, 6), 3 * [1], 3 * [0], (1, 1), 'um', 'cells')
write_stk('more.stk', noise(3, 50, 60), 3 * [1], 3 * [0])
)");
  const auto readAll = [](const std::filesystem::path& file) {
    try {
      const std::unique_ptr<Source> source = openSource(file.string());
      for (std::int32_t setup = 0; setup < static_cast<std::int32_t>(source->dataset().setups.size()); ++setup)
        test::readLevel(*source, {setup, 0}, 0);
      return true;
    } catch (const Error& error) {
      CHECK_THAT(error.what(), ContainsSubstring(file.string()));
      return false;
    }
  };
  for (const std::string name : {"whole.lsm", "whole.stk"}) {
    const std::string whole = test::readAll(folder / name);
    CHECK(readAll(folder / name));
    const std::filesystem::path damaged = folder / ("damaged" + name);
    for (std::size_t length = 1; length < whole.size(); ++length) {
      test::writeText(damaged, whole.substr(0, length));
      readAll(damaged);
    }
    // Each byte set to its greatest value: impossible counts, places and sizes.
    for (std::size_t at = 8; at < whole.size(); ++at) {
      std::string changed = whole;
      changed[at] = static_cast<char>(0xff);
      test::writeText(damaged, changed);
      readAll(damaged);
    }
  }
  // Fewer planes than MetaMorph says.
  std::string more = test::readAll(folder / "more.stk");
  const std::size_t uic2 = more.find(std::string("\x5d\x83\x05\x00\x03\x00\x00\x00", 8));
  REQUIRE(uic2 != std::string::npos);
  more[uic2 + 4] = 9;
  test::writeText(folder / "more.stk", more);
  CHECK_THROWS_WITH(openSource((folder / "more.stk").string()), ContainsSubstring("9 planes"));
}
