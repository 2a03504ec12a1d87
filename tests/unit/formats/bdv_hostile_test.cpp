// What a stranger's file may hold: an error or a picture, never a crash, a hang, or a grab for memory.
#include "base/error.h"
#include "formats/open.h"
#include "support/files/read_level.h"
#include "support/files/test_files.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fmt/format.h>

#include <map>
#include <random>
#include <string>
#include <vector>

// The HDF5 library loses some hundred bytes of its own when it gives up on a malformed file.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5"; }

using namespace volary;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

namespace {

auto says(const std::string& text) { return MessageMatches(ContainsSubstring(text)); }

std::string makeXml(const std::string& hdf5, const std::string& registrations = "") {
  return "<SpimData version=\"0.2\"><BasePath type=\"relative\">.</BasePath><SequenceDescription>"
         "<ImageLoader format=\"bdv.hdf5\"><hdf5 type=\"relative\">" +
         hdf5 +
         "</hdf5></ImageLoader><ViewSetups><ViewSetup><id>0</id></ViewSetup></ViewSetups><Timepoints type=\"pattern\"/>"
         "</SequenceDescription><ViewRegistrations>" +
         registrations + "</ViewRegistrations></SpimData>";
}

constexpr const char* kSmallHdf5 = R"(
a = np.arange(12 * 12 * 12, dtype='u2').reshape(12, 12, 12)
with h5py.File('a.h5', 'w') as f:
    f['s00/resolutions'] = np.array([[1., 1., 1.], [2., 2., 2.]])
    f['s00/subdivisions'] = np.array([[4, 4, 4], [4, 4, 4]], 'i4')
    f.create_dataset('t00000/s00/0/cells', data=a, chunks=(4, 4, 4), scaleoffset=0, compression='gzip')
    f.create_dataset('t00000/s00/1/cells', data=a[::2, ::2, ::2], chunks=(4, 4, 4), compression='gzip')
)";

/// Opens a file and reads every voxel of every image.
void readEverything(const std::filesystem::path& file) {
  const std::unique_ptr<Source> source = openSource(file.string());
  for (int setup = 0; setup < static_cast<int>(source->dataset().setups.size()); ++setup)
    for (int timepoint = 0; timepoint < static_cast<int>(source->dataset().timepoints.size()); ++timepoint)
      for (int level = 0; level < static_cast<int>(source->pyramid({setup, timepoint}).levels.size()); ++level)
        test::readLevel(*source, {setup, timepoint}, level);
}

/// The sentence of the Error that openSource throws; empty if it opens.
std::string refusal(const std::filesystem::path& file) {
  try {
    openSource(file.string());
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("every truncated HDF5 file is refused in a sentence that names it") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), kSmallHdf5);
  const std::string whole = test::readAll(folder / "a.h5");
  REQUIRE_NOTHROW(readEverything(folder / "a.h5"));
  for (std::size_t i = 0; i < 200; ++i) {
    const std::size_t length = whole.size() * i / 200;
    INFO(length << " of " << whole.size() << " bytes");
    test::writeText(folder / "cut.h5", whole.substr(0, length));
    CHECK_THROWS_MATCHES(readEverything(folder / "cut.h5"), Error, says((folder / "cut.h5").string() + ": "));
  }
}

TEST_CASE("every truncated XML is refused in a sentence that names it") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), kSmallHdf5);
  const std::string whole = makeXml("a.h5");
  test::writeText(folder / "a.xml", whole);
  REQUIRE_NOTHROW(readEverything(folder / "a.xml"));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    INFO(length);
    test::writeText(folder / "cut.xml", whole.substr(0, length));
    CHECK_THROWS_MATCHES(openSource((folder / "cut.xml").string()), Error, says((folder / "cut.xml").string() + ": "));
  }
}

TEST_CASE("the truncated prefixes of real files are refused") {
  const std::filesystem::path data = test::testData() / "bdv-hdf5";
  const test::TemporaryFolder folder;
  for (const char* name : {"mastodon-tiny/tiny-dataset.h5", "imagej-utils-labels/labels-ulong.h5",
                           "mastodon-tiny/tiny-dataset.xml", "playground-demoSlice/demoSlice.xml"}) {
    const std::string whole = test::readAll(data / name);
    const std::string extension = std::filesystem::path(name).extension().string();
    const std::size_t sound = extension == ".xml" ? whole.rfind('>') + 1 : whole.size();
    const std::filesystem::path cut = folder / ("cut" + extension);
    for (std::size_t i = 0; i < 200; ++i) {
      const std::size_t length = sound * i / 200;
      INFO(name << " " << length);
      test::writeText(cut, whole.substr(0, length));
      CHECK_THROWS_MATCHES(readEverything(cut), Error, says(cut.string() + ": "));
    }
  }
}

TEST_CASE("entities of an XML are not expanded and not fetched") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), kSmallHdf5);
  test::writeText(folder / "secret.txt", "a.h5");
  std::string laughs = "<!DOCTYPE SpimData [<!ENTITY l0 \"a.h5\">";
  for (int i = 1; i < 30; ++i)
    laughs += fmt::format("<!ENTITY l{} \"&l{};&l{};&l{};&l{};\">", i, i - 1, i - 1, i - 1, i - 1);
  test::writeText(folder / "laughs.xml", laughs + "]>" + makeXml("&l29;"));
  CHECK_THAT(refusal(folder / "laughs.xml"), ContainsSubstring("&l29; can't be found"));
  test::writeText(folder / "fetch.xml", "<!DOCTYPE SpimData [<!ENTITY x SYSTEM \"file://" +
                                            (folder / "secret.txt").string() + "\">]>" + makeXml("&x;"));
  CHECK_THAT(refusal(folder / "fetch.xml"), ContainsSubstring("&x; can't be found"));
}

TEST_CASE("paths of an XML lead to HDF5 files or to an error") {
  const test::TemporaryFolder folder;
  test::writeText(folder / "text.h5", "not HDF5");
  const auto refused = [&](const std::string& path) {
    test::writeText(folder / "a.xml", makeXml(path));
    return refusal(folder / "a.xml");
  };
  CHECK_THAT(refused("../../../../../../../../etc/passwd"), ContainsSubstring("passwd"));
  CHECK_THAT(refused("text.h5"), ContainsSubstring("this is not an HDF5 file"));
  CHECK_THAT(refused("."), ContainsSubstring("can't be found"));
  CHECK_THAT(refused(""), ContainsSubstring("it names no image file"));
  CHECK_THAT(refused("a.xml"), ContainsSubstring("this is not an HDF5 file"));
  CHECK_THAT(refused("a&#0;b.h5"), ContainsSubstring("can't be found"));
  CHECK_THAT(refused(std::string(100'000, 'x')), ContainsSubstring("can't be found"));
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "../";
  CHECK_THAT(refused(deep + "x.h5"), ContainsSubstring("can't be found"));
  for (const char* device : {"/dev/zero", "/dev/stdin"}) {
    std::string xml = makeXml(device);
    xml.replace(xml.find("hdf5 type=\"relative\""), 20, "hdf5 type=\"absolute\"");
    test::writeText(folder / "a.xml", xml);
    CHECK_THAT(refusal(folder / "a.xml"),
               ContainsSubstring("not a regular file") || ContainsSubstring("can't be found"));
  }
}

TEST_CASE("an XML nested without end, or full of nonsense, is harmless") {
  const test::TemporaryFolder folder;
  std::string nested;
  for (int i = 0; i < 200'000; ++i) nested += "<a>";
  test::writeText(folder / "open.xml", "<SpimData>" + nested);
  CHECK_THAT(refusal(folder / "open.xml"), ContainsSubstring("not well-formed"));
  for (int i = 0; i < 200'000; ++i) nested += "</a>";
  test::writeText(folder / "deep.xml", "<SpimData>" + nested + "</SpimData>");
  CHECK_THAT(refusal(folder / "deep.xml"), ContainsSubstring("no <SequenceDescription>"));
  test::writeText(folder / "doctype.xml", "<!DOCTYPE " + std::string(100'000, '[') + ">");
  CHECK_FALSE(refusal(folder / "doctype.xml").empty());
  test::writeText(folder / "comment.xml", "<!-- " + std::string(100'000, '<'));
  CHECK_FALSE(refusal(folder / "comment.xml").empty());
}

TEST_CASE("transforms of NaN, infinity and absurd numbers leave the placement finite") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), kSmallHdf5);
  for (const char* numbers : {"NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN", "1e308 0 0 0 0 1e308 0 0 0 0 1e308 0",
                              "-Infinity 0 0 0 0 1 0 0 0 0 1 0", "1e-200 0 0 0 0 1e-200 0 0 0 0 1e-200 0"}) {
    INFO(numbers);
    test::writeText(folder / "a.xml", makeXml("a.h5", fmt::format("<ViewRegistration timepoint=\"0\" setup=\"0\">"
                                                                  "<ViewTransform type=\"affine\"><affine>{}</affine>"
                                                                  "</ViewTransform></ViewRegistration>",
                                                                  numbers)));
    const std::unique_ptr<Source> source = openSource((folder / "a.xml").string());
    CHECK(source->dataset().setups[0].worldFromVoxel[0] == dmat4(1.0));
    CHECK(source->dataset().warnings.size() == 2);
  }
}

TEST_CASE("metadata that make no sense are refused, each in a sentence") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), R"(
def file(name, make):
    with h5py.File(name, 'w') as f: make(f)
cells = 't00000/s00/0/cells'
def raw_filter(f, id):
    dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    dcpl.set_chunk((4, 4, 4))
    dcpl.set_filter(id, h5py.h5z.FLAG_OPTIONAL, (1, 2))
    h5py.h5d.create(f.create_group('t00000/s00/0').id, b'cells', h5py.h5t.NATIVE_UINT8, h5py.h5s.create_simple((8, 8, 8)), dcpl)
def table(values, columns=3):
    def make(f):
        f['s00/resolutions'] = np.array(values, 'f8')
        f[cells] = np.zeros((2, 2, 2), 'u1')
    return make
file('rank2.h5', lambda f: f.create_dataset(cells, data=np.zeros((4, 4), 'u1')))
file('rank5.h5', lambda f: f.create_dataset(cells, data=np.zeros((1, 1, 4, 4, 4), 'u1')))
file('scalar.h5', lambda f: f.create_dataset(cells, data=3))
file('empty.h5', lambda f: f.create_dataset(cells, (0, 4, 4), 'u1', chunks=(1, 1, 1), maxshape=(None,) * 3))
file('huge.h5', lambda f: f.create_dataset(cells, (2**40, 2**40, 2), 'u1', chunks=(1, 1, 1)))
file('chunk.h5', lambda f: f.create_dataset(cells, (2**20, 2**20, 2**20), 'u1', chunks=(1500, 1500, 1500)))
file('text.h5', lambda f: f.create_dataset(cells, data=np.full((2, 2, 2), b'abc')))
file('compound.h5', lambda f: f.create_dataset(cells, (2, 2, 2), np.dtype([('a', 'u1'), ('b', 'f4')])))
file('group.h5', lambda f: f.create_group(cells))
file('external.h5', lambda f: f.create_dataset(cells, (2, 2, 2), 'u1', external=[('/etc/passwd', 0, 8)]))
for id in (4, 5, 32001, 32004, 32008, 32013, 32015, 32016, 40123): file(f'filter{id}.h5', lambda f: raw_filter(f, id))
file('scale.h5', lambda f: f.create_dataset(cells, data=np.ones((4, 4, 4), 'f4'), chunks=(4, 4, 4), scaleoffset=3))
file('columns.h5', table([[1, 1]]))
file('rows.h5', table(np.ones((1000, 3))))
file('vector.h5', table([1, 1, 1]))
file('nan.h5', table([[1, 1, float('nan')]]))
file('zero.h5', table([[1, 0, 1]]))
file('negative.h5', table([[1, -2, 1]]))
def soft(f):
    f['t00000/s00/0/cells'] = h5py.SoftLink('/loop')
    f['loop'] = h5py.SoftLink('/t00000/s00/0/cells')
file('soft.h5', soft)
def device(f): f['t00000/s00/0/cells'] = h5py.ExternalLink('/dev/zero', 'cells')
file('device.h5', device)
def hidden(f):
    f['out'] = h5py.ExternalLink('/dev/zero', '/')
    f['t00000/s00/0/cells'] = h5py.SoftLink('/out/cells')
file('hidden.h5', hidden)
layout = h5py.VirtualLayout((2, 2, 2), 'u1')
layout[:] = h5py.VirtualSource('/dev/zero', 'x', (2, 2, 2))
file('virtual.h5', lambda f: f.create_virtual_dataset(cells, layout))
)");
  const std::map<std::string, std::string> expected = {
      {"rank2", "it has 2 dimensions, not 3"},
      {"rank5", "it has 5 dimensions, not 3"},
      {"scalar", "it has 0 dimensions, not 3"},
      {"empty", "its size 4 x 4 x 0 is absurd"},
      {"huge", "is absurd"},
      {"chunk", "chunks of 1500 x 1500 x 1500 voxels are too large, 1.00 GiB is the limit"},
      {"text", "its voxels are not integers"},
      {"compound", "its voxels are not integers"},
      {"group", "t00000/s00/0/cells: "},
      {"external", "other raw files"},
      {"virtual", "views of other datasets"},
      {"filter4", "HDF5 filter 4 (szip)"},
      {"filter5", "HDF5 filter 5 (nbit)"},
      {"filter32001", "HDF5 filter 32001 (blosc)"},
      {"filter32004", "HDF5 filter 32004 (lz4)"},
      {"filter32008", "HDF5 filter 32008 (bitshuffle)"},
      {"filter32013", "HDF5 filter 32013 (zfp)"},
      {"filter32015", "HDF5 filter 32015 (zstd)"},
      {"filter32016", "HDF5 filter 32016 (B3D)"},
      {"filter40123", "HDF5 filter 40123, which is not supported"},
      {"scale", "floating-point variant"},
      {"columns", "instead of one row of 3 factors a level"},
      {"rows", "a table of 1000 x 3 numbers is absurd"},
      {"vector", "this is not a table of numbers"},
      {"nan", "is absurd"},
      {"zero", "a factor of 0 is absurd"},
      {"negative", "a factor of -2 is absurd"},
      {"soft", "is linked in a circle"},
      {"hidden", "this is not a regular file"},
      {"device", "this is not a regular file"},
  };
  for (const auto& [name, sentence] : expected) {
    INFO(name);
    const std::filesystem::path file = folder / (name + ".h5");
    CHECK_THROWS_MATCHES(readEverything(file), Error, says(sentence) && says(folder.path().string()));
  }
}

TEST_CASE("one damaged chunk is one error; the rest of the picture stands") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), std::string(kSmallHdf5) + R"(
import random
with h5py.File('a.h5', 'r') as f:
    info = f['t00000/s00/0/cells'].id.get_chunk_info_by_coord((4, 8, 0))
data = bytearray(open('a.h5', 'rb').read())
for i in range(info.size // 2): data[info.byte_offset + info.size // 4 + i] ^= 0x5a
open('b.h5', 'wb').write(data)
)");
  const std::unique_ptr<Source> source = openSource((folder / "b.h5").string());
  DecodeScratch scratch;
  std::vector<std::byte> voxels(4 * 4 * 4 * 2);
  for (int z = 0; z < 3; ++z)
    for (int y = 0; y < 3; ++y)
      for (int x = 0; x < 3; ++x) {
        source->pyramid({0, 0});
        const ChunkKey key{.image = {0, 0}, .level = 0, .chunk = {x, y, z}};
        const RawChunk raw = source->readChunk(key);
        if (key.chunk == i64vec3(0, 2, 1))
          CHECK_THROWS_MATCHES(source->decodeChunk(key, raw, voxels, scratch), Error,
                               says("b.h5: t00000/s00/0/cells: chunk 0, 2, 1 can't be decoded: deflate"));
        else
          CHECK_NOTHROW(source->decodeChunk(key, raw, voxels, scratch));
      }
}

TEST_CASE("published malformed HDF5 files are refused") {
  const std::filesystem::path data = test::testData();
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(data / "bad/hdf5-cve-2016-2020")) {
    INFO(entry.path());
    CHECK_THAT(refusal(entry.path()), ContainsSubstring(entry.path().string() + ": "));
    ++count;
  }
  CHECK(count > 20);
}

TEST_CASE("a small file with any byte changed is read or refused") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), kSmallHdf5);
  const std::string whole = test::readAll(folder / "a.h5");
  std::mt19937_64 random(7);
  for (int i = 0; i < 100; ++i) {
    std::string changed = whole;
    const int changes = 1 + static_cast<int>(random() % 4);
    for (int j = 0; j < changes; ++j) changed[random() % changed.size()] = static_cast<char>(random());
    INFO(i);
    test::writeText(folder / "b.h5", changed);
    try {
      readEverything(folder / "b.h5");
    } catch (const Error& error) {
      CHECK_THAT(error.what(), ContainsSubstring((folder / "b.h5").string() + ": "));
    }
  }
}

TEST_CASE("every XML of the test data gives a dataset or a sentence that says why not") {
  const std::filesystem::path data = test::testData() / "bdv-xml";
  const std::map<std::string, std::string> expected = {
      {"bigstitcher_0.xml", "its folder of images dataset.n5 can't be found"},
      {"bigstitcher_1.xml", "its folder of images /data/foo_dataset/SPIM.ome.zarr can't be found"},
      {"bigstitcher_3.xml", "there is no <ImageLoader>, so there are no images"},
      {"bigstitcher_6.xml", "its folder of images Reuss-MousBrain2x2tiles-2ch.ome.zarr can't be found"},
      {"mitosis.xml", "its image file ../mitosis.h5 can't be found, nor one of that name beside it"},
      {"openconnectome-bock11-neariso.xml",
       "the format bdv.img.openconnectome.OpenConnectomeImageLoader, which is not supported yet"},
      {"prospr-myosin-n5.xml", "the format bdv.n5.s3, which is not supported yet"},
      {"prospr-myosin-zarr.xml", "the format ome.zarr.s3, which is not supported yet"},
      {"remote-dataset.xml", "the format bdv.ome.zarr.s3, which is not supported yet"},
      {"rhapso_dataset.xml", "the format spimreconstruction.filemap2, which is not supported yet"},
      {"spimdata_example.xml", "its image file everything2.h5 can't be found, nor one of that name beside it"},
      {"spimdata_example_timepointpattern.xml", "there is no <ImageLoader>, so there are no images"},
      {"testremote.xml", "the format bdv.remote, which is not supported yet"},
  };
  std::size_t checked = 0;
  for (const auto& entry : std::filesystem::directory_iterator(data)) {
    const std::string name = entry.path().filename().string();
    INFO(name);
    const auto found = expected.find(name);
    REQUIRE(found != expected.end());
    CHECK_THAT(refusal(entry.path()), ContainsSubstring(found->second));
    ++checked;
  }
  CHECK(checked == expected.size());
  CHECK_THAT(refusal(data.parent_path() / "bdv-hdf5/mastodon-tiny-missing-h5/tiny-dataset.xml"),
             ContainsSubstring("tiny-dataset.xml: its image file tiny-dataset.h5 can't be found"));
}
