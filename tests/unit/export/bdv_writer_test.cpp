#include "export/bdv_writer.h"
#include "base/error.h"
#include "export/bdv_hdf5_file.h"
#include "export/synth_sample.h"
#include "formats/open.h"
#include "hdf5_library/hdf5_library.h"
#include "support/files/read_level.h"
#include "support/files/test_files.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <ctime>
#include <fstream>
#include <thread>

using namespace volary;
using namespace volary::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

namespace fs = std::filesystem;

namespace {

// Voxels as another program reads them, without a header.
void writeVoxels(const fs::path& path, const std::vector<std::byte>& voxels) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(voxels.data()), static_cast<std::streamsize>(voxels.size()));
}

/// Linux: whether a thread of this process waits for something, a lock say.
bool isAsleep(pid_t thread) {
  std::ifstream file(fmt::format("/proc/self/task/{}/stat", thread));
  std::string stat;
  std::getline(file, stat);
  // The state comes after the name, which may hold anything.
  return stat.find(") S", stat.rfind(')')) != std::string::npos;
}

void writeFrom(const std::string& location, const fs::path& xml, BdvWriteOptions options = {}) {
  writeBdvDataset(*openSource(location), xml, options);
}

bool isEmpty(const TemporaryFolder& folder) { return fs::is_empty(folder.path()); }

// Caps the size of the files that this process may write: what a full disk looks like to the library.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

}  // namespace

TEST_CASE("the written sample is what Fiji's exporter writes, as h5py reads it") {
  const TemporaryFolder folder;
  writeSampleDataset("embryo", folder / "small.xml", {.sizeVoxels = i64vec3(75, 60, 41), .threads = 2});
  const auto field = openSource("synthetic:embryo?size=75x60x41");
  for (const int setup : {0, 1})
    writeVoxels(folder / (std::to_string(setup) + ".raw"), readLevel(*field, {setup, 0}, 0));
  runPython(folder.path(), R"(
f = h5py.File('small.h5', 'r')
assert open('small.h5', 'rb').read(9) == b'\x89HDF\r\n\x1a\n\0', 'superblock version 0'
for s, name in enumerate(['membranes', 'nuclei']):
    group = f['s%02d' % s]
    factors, chunks = group['resolutions'], group['subdivisions']
    assert factors.dtype == np.float64 and chunks.dtype == np.int32
    assert factors[...].tolist() == [[1, 1, 1], [2, 2, 2], [4, 4, 4]], factors[...]
    assert chunks[...].tolist() == [[16, 16, 16]] * 3
    assert group.attrs['dataType'] in (b'uint16', 'uint16'), group.attrs['dataType']
    mean = np.fromfile('%d.raw' % s, '<u2').reshape(41, 60, 75)
    for level in range(3):
        cells = f['t00000/s%02d/%d/cells' % (s, level)]
        plist = cells.id.get_create_plist()
        filters = [plist.get_filter(i)[0] for i in range(plist.get_nfilters())]
        assert cells.dtype == np.dtype('<i2') and cells.chunks == (16, 16, 16) and filters == [6, 1], (cells, filters)
        assert cells.maxshape == (None, None, None)
        assert np.array_equal(cells[...].view('<u2'), mean), 'voxels of level %d' % level
        factor = 2 << level
        full = np.fromfile('%d.raw' % s, '<u2').reshape(41, 60, 75).astype(np.int64)
        edges = [range(0, n, factor) for n in full.shape]
        for axis, begins in enumerate(edges):
            full = np.add.reduceat(full, list(begins), axis=axis)
        counts = [np.minimum(np.array(begins) + factor, n) - begins for begins, n in zip(edges, (41, 60, 75))]
        count = counts[0][:, None, None] * counts[1][:, None] * counts[2]
        mean = ((2 * full + count) // (2 * count)).astype('<u2')
)");
}

TEST_CASE("the written sample opens with its channels, sizes, colours and calibration") {
  const TemporaryFolder folder;
  writeSampleDataset("embryo", folder / "small.xml", {.sizeVoxels = i64vec3(75, 60, 41)});
  const auto file = openSource((folder / "small.xml").string());
  const auto field = openSource("synthetic:embryo?size=75x60x41");
  const Dataset& dataset = file->dataset();
  CHECK(dataset.warnings.empty());
  REQUIRE(dataset.setups.size() == 2);
  for (int setup = 0; setup < 2; ++setup) {
    const Setup& read = dataset.setups[setup];
    const Setup& expected = field->dataset().setups[setup];
    CHECK(read.name == expected.name);
    CHECK(read.unit == "µm");
    CHECK(read.voxelSize == dvec3(0.406, 0.406, 0.65));
    CHECK(read.worldFromVoxel == expected.worldFromVoxel);
    REQUIRE(read.displayColour);
    CHECK(glm::distance(*read.displayColour, *expected.displayColour) < 0.01);
    CHECK(read.displayRange == expected.displayRange);
    const ImagePyramid& pyramid = file->pyramid({setup, 0});
    CHECK(pyramid.voxelType == VoxelType::uint16);
    REQUIRE(pyramid.levels.size() == 3);
    CHECK(pyramid.levels[2].sizeVoxels == i64vec3(19, 15, 11));
    CHECK(pyramid.levels[2].factor == dvec3(4));
    CHECK(readLevel(*file, {setup, 0}, 0) == readLevel(*field, {setup, 0}, 0));
  }
}

TEST_CASE("the written bytes depend neither on the threads nor on the hour") {
  const TemporaryFolder one, four;
  writeSampleDataset("embryo", one / "a.xml", {.sizeVoxels = i64vec3(64, 50, 40), .threads = 1});
  writeSampleDataset("embryo", four / "a.xml", {.sizeVoxels = i64vec3(64, 50, 40), .threads = 4});
  CHECK(readAll(one / "a.h5") == readAll(four / "a.h5"));
  CHECK(readAll(one / "a.xml") == readAll(four / "a.xml"));

  // HDF5 stores times in whole seconds, if it stores them at all.
  const std::string before = readAll(one / "a.h5");
  const auto start = std::time(nullptr);
  while (std::time(nullptr) == start) {
  }
  writeSampleDataset("embryo", one / "a.xml",
                     {.sizeVoxels = i64vec3(64, 50, 40), .ifExists = IfExists::replace, .threads = 1});
  CHECK(before == readAll(one / "a.h5"));
}

TEST_CASE("voxels of every writable kind come back from the file that HDF5 reads") {
  for (const char* type : {"uint8", "uint16", "float32"})
    for (const char* values :
         {"slope=3x-2x5&offset=40", "slope=900x700x1100&offset=-20000", "slope=0&offset=0", "slope=0&offset=9"}) {
      INFO(type << " " << values);
      const TemporaryFolder folder;
      const std::string location =
          std::string("synthetic:ramp?size=37x20x18&levels=1&timepoints=2&type=") + type + "&" + values;
      writeFrom(location, folder / "ramp.xml", {.factors = {}, .chunkVoxels = ivec3(16, 8, 5)});
      const auto field = openSource(location);
      writeVoxels(folder / "expected.raw", readLevel(*field, {0, 1}, 0));
      runPython(folder.path(), std::string("read = h5py.File('ramp.h5', 'r')['t00001/s00/0/cells'][...]\n") +
                                   "expected = np.fromfile('expected.raw', '" + type +
                                   "').reshape(18, 20, 37)\nassert np.array_equal(read.view('" + type +
                                   "'), expected)\n");
      const auto file = openSource((folder / "ramp.xml").string());
      CHECK(readLevel(*file, {0, 1}, 0) == readLevel(*field, {0, 1}, 0));
    }
}

TEST_CASE("axes are halved one by one where the factors say so") {
  const TemporaryFolder folder;
  writeFrom("synthetic:ramp?size=21x13x9&type=float32&slope=1x2x4", folder / "r.xml",
            {.factors = {{1, 1, 1}, {2, 1, 1}, {2, 2, 2}}, .chunkVoxels = ivec3(8, 4, 3)});
  const auto file = openSource((folder / "r.xml").string());
  const std::vector<LevelInfo>& levels = file->pyramid({}).levels;
  REQUIRE(levels.size() == 3);
  CHECK(levels[1].sizeVoxels == i64vec3(11, 13, 9));
  CHECK(levels[2].sizeVoxels == i64vec3(11, 7, 5));
  const std::vector<std::byte> bytes = readLevel(*file, {}, 2);
  const auto* voxels = reinterpret_cast<const float*>(bytes.data());
  CHECK(voxels[(1 * 7 + 2) * 11 + 3] == (6.5f + 2 * 4.5f + 4 * 2.5f));
  CHECK(voxels[(4 * 7 + 6) * 11 + 10] == (20.0f + 2 * 12.0f + 4 * 8.0f));  // cut at the image's end
}

TEST_CASE("an existing dataset is not replaced unasked, and a failure leaves nothing behind") {
  const TemporaryFolder folder;
  const auto source = openSource("synthetic:ramp?size=64");
  CHECK_THROWS_MATCHES(writeBdvDataset(*source, folder / "no/such.xml", {}), Error,
                       MessageMatches(ContainsSubstring("does not exist")));
  CHECK_THROWS_MATCHES(writeBdvDataset(*source, folder / "a.h5", {}), Error,
                       MessageMatches(ContainsSubstring("must end in .xml")));
  CHECK_THROWS_AS(writeBdvDataset(*source, folder / "a.xml", {.progress = [](double) { throw Error("stopped"); }}),
                  Error);
  CHECK_THROWS_MATCHES(writeBdvDataset(*source, folder / "a.xml", {.factors = {{1, 1, 1}, {2, 2, 2}, {3, 4, 4}}}),
                       Error, MessageMatches(ContainsSubstring("level 2")));
  CHECK_THROWS_MATCHES(writeSampleDataset("frog", folder / "a.xml", {}), Error,
                       MessageMatches(ContainsSubstring("no recipe 'frog'")));
  CHECK(isEmpty(folder));

  writeText(folder / "a.h5", "mine");
  CHECK_THROWS_MATCHES(writeBdvDataset(*source, folder / "a.xml", {}), Error,
                       MessageMatches(ContainsSubstring("a.h5: exists already")));
  CHECK(readAll(folder / "a.h5") == "mine");
  writeBdvDataset(*source, folder / "a.xml", {.ifExists = IfExists::replace});
  CHECK(openSource((folder / "a.xml").string())->dataset().setups.size() == 1);
}

TEST_CASE("a full disk is an error and leaves nothing behind") {
  const TemporaryFolder folder;
  for (const rlim_t bytes : {rlim_t{0}, rlim_t{3000}, rlim_t{100000}}) {
    const FileSizeLimit limit(bytes);
    CHECK_THROWS_MATCHES(writeSampleDataset("embryo", folder / "a.xml", {.sizeVoxels = i64vec3(64)}), Error,
                         MessageMatches(ContainsSubstring("a.xml.partial/") && ContainsSubstring("written")));
    CHECK(isEmpty(folder));
  }
}

TEST_CASE("progress rises to one") {
  const TemporaryFolder folder;
  std::vector<double> shares;
  writeFrom("synthetic:ramp?size=40&setups=2", folder / "a.xml",
            {.progress = [&](double share) { shares.push_back(share); }});
  REQUIRE(shares.size() >= 2);
  CHECK(std::is_sorted(shares.begin(), shares.end()));
  CHECK(shares.front() > 0.0);
  CHECK(shares.back() == 1.0);
}

TEST_CASE("a file that is left to the HDF5 library is read while another one is written") {
  const TemporaryFolder folder;
  // Our own reader leaves half precision to the library, chunk by chunk.
  runPython(folder.path(), R"(
voxels = (np.arange(64 * 64 * 64) % 2048).astype('f2').reshape(64, 64, 64)
with h5py.File('half.h5', 'w') as f: f.create_dataset('volume', data=voxels, chunks=(16, 16, 16), compression='gzip')
)");
  const auto source = openSource((folder / "half.h5").string());
  const std::vector<std::byte> alone = readLevel(*source, {0, 0}, 0);

  BdvHdf5File file(folder / "other.h5", 6);
  const LevelInfo level{.sizeVoxels = i64vec3(1 << 20, 64, 64), .chunkVoxels = ivec3(64)};
  file.beginImage(0, 0, VoxelType::uint16, std::span(&level, 1));
  std::atomic<bool> isRead = false;
  std::atomic<std::int64_t> written = 0;
  std::jthread writer([&] {
    const std::vector<std::byte> chunk(100);
    for (; !isRead; ++written) file.writeChunk(0, i64vec3(written % 16384, 0, 0), chunk);
  });
  waitUntil("the other file is being written", [&] { return written > 0; });
  std::vector<std::byte> meanwhile;
  try {
    meanwhile = readLevel(*source, {0, 0}, 0);
  } catch (const Error& error) {
    FAIL_CHECK(error.what());
  }
  isRead = true;
  writer.join();
  CHECK((meanwhile == alone));
}

TEST_CASE("the writer waits while another thread is in the HDF5 library") {
  const TemporaryFolder folder;
  const LevelInfo level{.sizeVoxels = i64vec3(256), .chunkVoxels = ivec3(64)};
  const std::vector<std::byte> chunk(100);
  std::optional<BdvHdf5File> file;
  const std::pair<const char*, std::function<void()>> calls[] = {
      {"constructor", [&] { file.emplace(folder / "a.h5", 6); }},
      {"writeSetup", [&] { file->writeSetup(0, VoxelType::uint16, std::span(&level, 1)); }},
      {"beginImage", [&] { file->beginImage(0, 0, VoxelType::uint16, std::span(&level, 1)); }},
      {"writeChunk", [&] { file->writeChunk(0, i64vec3(0), chunk); }},
      {"repeatChunk",
       [&] {
         CHECK_THROWS_AS(file->repeatChunk(0, i64vec3(1), {1 << 20, 1 << 20}), Error);
       }},
      {"linkImage", [&] { file->linkImage(1, 0, 1, "b.h5"); }},
      {"commit", [&] { file->commit(); }},
      {"destructor", [&] { file.reset(); }},
  };
  for (const auto& [name, call] : calls) {
    INFO(name);
    std::atomic<bool> isDone = false;
    std::atomic<pid_t> thread = 0;
    std::jthread writer;
    {
      const Hdf5Lock lock;
      writer = std::jthread([&isDone, &thread, &make = call] {
        thread = ::gettid();
        make();
        isDone = true;
      });
      waitUntil("the writer waits, or is done", [&] { return isDone || (thread != 0 && isAsleep(thread)); });
      CHECK_FALSE(isDone);
    }
    writer.join();
    CHECK(isDone);
  }
}
