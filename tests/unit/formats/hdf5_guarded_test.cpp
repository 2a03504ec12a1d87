// What only the HDF5 library understands, and what it does not survive.
#include "base/error.h"
#include "formats/hdf5_image/hdf5_file.h"
#include "formats/hdf5_image/library/guarded_hdf5_file.h"
#include "formats/hdf5_image/library/library_hdf5_file.h"
#include "formats/open.h"
#include "support/files/read_level.h"
#include "support/files/test_files.h"
#include "support/oracles/hdf5_oracle.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace volary;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Files of 12^3 voxels: with shared messages, with groups in compressed heaps, and with voxels of half precision.
constexpr const char* kUnusualFiles = R"(
import ctypes, shutil, subprocess
a = np.arange(12 * 12 * 12, dtype='u2').reshape(12, 12, 12)
def fill(f, data):
    f['s00/resolutions'] = np.array([[1., 1., 1.]])
    f['s00/subdivisions'] = np.array([[4, 4, 4]], 'i4')
    f.create_dataset('t00000/s00/0/cells', data=data, chunks=(4, 4, 8), compression='gzip')
with h5py.File('plain.h5', 'w') as f: fill(f, a)
with h5py.File('half.h5', 'w') as f: fill(f, (a % 100).astype('f2'))
if shutil.which('h5repack'): subprocess.run(['h5repack', '-s', '0', 'plain.h5', 'shared.h5'], check=True)
# h5py has no function for filters of a group; the library that it has loaded does.
library = ctypes.CDLL([line.split()[-1] for line in open('/proc/self/maps') if '/libhdf5' in line and '_hl' not in line][0])
library.H5Pset_deflate.argtypes = [ctypes.c_int64, ctypes.c_uint]
with h5py.File('heap.h5', 'w', libver='latest') as f:
    properties = h5py.h5p.create(h5py.h5p.GROUP_CREATE)
    assert library.H5Pset_deflate(properties.id, 6) >= 0
    h5py.h5g.create(f.id, b't00000', gcpl=properties)
    for i in range(40): f['t00000'].create_group(f'other {i}')
    fill(f, a)
)";

/// Checks the answers about the file that the next test case makes.
void checkAnswers(const Hdf5Questions& file) {
  CHECK(file.exists("t00000/s00/0/cells"));
  CHECK_FALSE(file.exists("t00001"));
  CHECK(file.children("/", 100) == std::vector<std::string>{"out", "s00", "t00000"});
  CHECK(file.findStringAttribute("s00", "dataType") == "uint16");
  CHECK(file.findStringAttribute("s00", "nothing") == std::nullopt);
  CHECK(file.findNumbersAttribute("s00", "numbers", 9) == std::vector<double>{1.5, -2.0});
  CHECK(file.readTable("s00/subdivisions", 9).values == std::vector<double>{4, 4, 4});
  const std::optional<Hdf5ExternalLink> link = file.findExternalLink("out/a");
  REQUIRE(link);
  CHECK(link->file == "other.h5");
  CHECK(link->object == "/x/a");

  const Hdf5DatasetInfo info = file.describe("t00000/s00/0/cells");
  CHECK(info.sizeVoxels == i64vec3(12));
  CHECK(info.chunkVoxels == i64vec3(8, 4, 4));
  CHECK(info.storedType == VoxelType::uint16);
  REQUIRE(info.filters.size() == 1);
  CHECK(info.filters[0].id == 1);
  CHECK(info.filters[0].clientData == std::vector<unsigned>{4});
  const RawChunk chunk = file.readRawChunk("t00000/s00/0/cells", i64vec3(8, 4, 0), 1000);
  CHECK(chunk.stored);
  CHECK(chunk.bytes.size() > 10);
  CHECK_THROWS_AS(file.readRawChunk("t00000/s00/0/cells", i64vec3(8, 4, 0), 10), Error);
  CHECK_THROWS_AS(file.describe("s00/nothing"), Error);
}

/// Asks all that can be asked of every object, so that the library meets whatever is wrong. True if it crashed.
bool crashesIn(const std::filesystem::path& path) {
  bool hasCrashed = false;
  const auto attempt = [&](auto question) {
    try {
      question();
    } catch (const Error& error) {
      INFO(error.what());
      hasCrashed = hasCrashed || std::string_view(error.what()).find("library crash") != std::string_view::npos;
    }
  };
  attempt([&] {
    const GuardedHdf5File file(path);
    for (const std::string& name : file.children("/", 20)) {
      attempt([&] { file.findStringAttribute(name, "dataType"); });
      attempt([&] { file.readTable(name, 1000); });
      attempt([&] { file.storageBytes(name); });
    }
  });
  return hasCrashed;
}

}  // namespace

TEST_CASE("HDF5 files with shared messages, compressed heaps and half precision give the library's voxels") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), kUnusualFiles);
  for (const char* name : {"plain.h5", "half.h5", "shared.h5", "heap.h5"}) {
    INFO(name);
    const std::filesystem::path file = folder / name;
    // h5repack comes with a different package than h5py.
    if (name == std::string_view("shared.h5") && !std::filesystem::exists(file)) continue;
    const std::unique_ptr<Source> source = openSource(file.string());
    const VoxelType type = source->pyramid({0, 0}).voxelType;
    CHECK(type == (name == std::string_view("half.h5") ? VoxelType::float32 : VoxelType::uint16));
    CHECK(test::readLevel(*source, {0, 0}, 0) == test::readWithHdf5(file, "/t00000/s00/0/cells", type));
    CHECK(source->countBytesStored({0, 0}, 0) > 0);
  }
}

TEST_CASE("our own reader, the HDF5 library and that in another process answer alike") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), std::string(kUnusualFiles) + R"(
with h5py.File('plain.h5', 'r+') as f:
    f['s00'].attrs['dataType'] = 'uint16'
    f['s00'].attrs['numbers'] = [1.5, -2.0]
    f['out'] = h5py.ExternalLink('other.h5', '/x')
)");
  const std::filesystem::path path = folder / "plain.h5";
  checkAnswers(OwnHdf5File(path));
  checkAnswers(LibraryHdf5File(path));
  checkAnswers(GuardedHdf5File(path));
  checkAnswers(Hdf5File(path));
  CHECK_THROWS_AS(OwnHdf5File(folder / "nothing.h5"), Error);
  CHECK_THROWS_AS(LibraryHdf5File(folder / "nothing.h5"), Error);
  CHECK_THROWS_AS(GuardedHdf5File(folder / "nothing.h5"), Error);
}

TEST_CASE("where the HDF5 library crashes, its process has crashed and not this one") {
  std::size_t crashes = 0;
  const std::filesystem::path folder = test::testData() / "bad/hdf5-cve-2016-2020";
  // The files that make library 1.10.8 crash when h5py reads everything in them.
  for (const char* name :
       {"cve-2018-11205.h5", "cve-2018-13867.h5", "cve-2018-13870.h5", "cve-2018-13871.h5", "cve-2018-13875.h5"})
    CHECK_NOTHROW(crashes += crashesIn(folder / name) ? 1 : 0);
  if (crashes == 0) SKIP("this HDF5 library survives the published malformed files");
}

TEST_CASE("questions to the HDF5 library may overlap") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), kUnusualFiles);
  const GuardedHdf5File file(folder / "plain.h5");
  const std::string cells = "t00000/s00/0/cells";
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([&, thread] {
        for (std::int64_t i = 0; i < 20; ++i) {
          const i64vec3 origin(8 * (i % 2), 4 * (i % 3), 4 * (thread % 3));
          std::vector<std::uint16_t> voxels(4);
          file.readBox(cells, origin, {2, 2, 1}, VoxelType::uint16, std::as_writable_bytes(std::span(voxels)));
          const auto first = static_cast<std::uint16_t>((origin.z * 12 + origin.y) * 12 + origin.x);
          const std::vector<std::uint16_t> expected = {first, static_cast<std::uint16_t>(first + 1),
                                                       static_cast<std::uint16_t>(first + 12),
                                                       static_cast<std::uint16_t>(first + 13)};
          wrong += voxels != expected ? 1 : 0;
          if (!file.exists(cells) || file.exists("nothing")) ++wrong;
        }
      });
  }
  CHECK(wrong == 0);
}

TEST_CASE("where the helper program is missing the file is refused in one sentence") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), kUnusualFiles);
  ::setenv("VOLARY_HDF5_HELPER", (folder / "no-helper").c_str(), 1);
  CHECK_THROWS_WITH(GuardedHdf5File(folder / "plain.h5"),
                    (folder / "plain.h5").string() + ": this is left to the HDF5 library: " +
                        (folder / "no-helper").string() + " can't be started: No such file or directory");
  ::unsetenv("VOLARY_HDF5_HELPER");
  CHECK(GuardedHdf5File(folder / "plain.h5").exists("t00000"));
}
