// BigDataViewer files of every variant, written by h5py, read by Volary.
#include "base/error.h"
#include "formats/open.h"
#include "support/files/read_level.h"
#include "support/files/test_files.h"
#include "support/oracles/hdf5_oracle.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace volary;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

namespace {

auto says(const std::string& text) { return MessageMatches(ContainsSubstring(text)); }

/// An XML for setups 0 ... count - 1 at time point 0.
std::string makeXml(const std::string& hdf5, int setupCount = 1, const std::string& partitions = "") {
  std::string setups;
  for (int i = 0; i < setupCount; ++i) setups += fmt::format("<ViewSetup><id>{}</id></ViewSetup>", i);
  return fmt::format(
      "<SpimData version=\"0.2\"><BasePath type=\"relative\">.</BasePath><SequenceDescription>"
      "<ImageLoader format=\"bdv.hdf5\"><hdf5 type=\"relative\">{}</hdf5>{}</ImageLoader><ViewSetups>{}</ViewSetups>"
      "<Timepoints type=\"pattern\"/></SequenceDescription><ViewRegistrations/></SpimData>",
      hdf5, partitions, setups);
}

/// The voxels of a level as T.
template <typename T>
std::vector<T> readAs(Source& source, ImageId image = {}, int level = 0) {
  REQUIRE(voxelBytes(source.pyramid(image).voxelType) == sizeof(T));
  const std::vector<std::byte> bytes = test::readLevel(source, image, level);
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

template <typename T>
std::vector<T> countingUp(std::size_t count) {
  std::vector<T> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<T>(i);
  return values;
}

}  // namespace

TEST_CASE("every voxel type through every filter equals H5Dread bit for bit") {
  if (!test::hdf5ReadsAllRecords()) SKIP("this HDF5 library refuses chunks that scale-offset could not make smaller");
  const test::TemporaryFolder folder;
  // Chunks that do not divide the size; values that use the whole range, some chunks narrow, some constant.
  test::runPython(folder.path(), R"(
rng = np.random.default_rng(1)
filters = {'raw': {}, 'deflate': dict(compression='gzip'), 'shuffle+deflate': dict(compression='gzip', shuffle=True),
           'lzf': dict(compression='lzf'), 'shuffle+lzf': dict(compression='lzf', shuffle=True),
           'fletcher32': dict(fletcher32=True), 'shuffle+deflate+fletcher32':
           dict(compression='gzip', shuffle=True, fletcher32=True),
           'scaleoffset': dict(scaleoffset=0), 'scaleoffset+deflate': dict(scaleoffset=0, compression='gzip'),
           'scaleoffset+lzf': dict(scaleoffset=0, compression='lzf', fillvalue=3)}
names = ['u1', 'i1', '<u2', '>u2', '<i2', '>i2', '<u4', '>u4', '<i4', '>i4', '<u8', '>u8', '<i8', '>i8', '<f4', '>f4',
         '<f8', '>f8']
list_file = open('list.txt', 'w')
for number, name in enumerate(names):
    dtype = np.dtype(name)
    with h5py.File(f'{number}.h5', 'w') as f:
        setup = 0
        for codec, options in filters.items():
            if dtype.kind == 'f' and 'scaleoffset' in codec: continue
            shape = (7, 13, 19)
            if dtype.kind == 'f':
                a = rng.normal(size=shape).astype(dtype)
            else:
                info = np.iinfo(dtype)
                a = rng.integers(info.min, info.max, shape, dtype=dtype.newbyteorder('='), endpoint=True)
                a[:4, :4, :8] = rng.integers(0, 100, (4, 4, 8))
                a[:4, 4:8, :8] = 77
                a[:4, 8:, :8] = info.min
                a[4:, :4, :8] = a[4:, :4, :8] // 8
            g = f'{"s%02d" % setup}'
            f[f'{g}/resolutions'] = np.array([[1., 1., 1.]])
            f[f'{g}/subdivisions'] = np.array([[8, 4, 4]], 'i4')
            f[g].attrs['dataType'] = np.bytes_(np.dtype(dtype.newbyteorder('=')).name)
            f.create_dataset(f't00000/{g}/0/cells', data=a.astype(dtype), dtype=dtype, chunks=(4, 4, 8), **options)
            print(number, setup, codec, np.dtype(dtype.newbyteorder('=')).name, file=list_file)
            setup += 1
    # What H5Dread makes of it, through the library of h5py, which has lzf.
    with h5py.File(f'{number}.h5', 'r') as f:
        for s in range(setup):
            f[f't00000/s{s:02}/0/cells'][()].astype(dtype.newbyteorder('=')).tofile(f'{number}-{s}.bin')
)");
  std::istringstream list(test::readAll(folder / "list.txt"));
  int file = 0;
  int setup = 0;
  int checked = 0;
  for (std::string codec, type; list >> file >> setup >> codec >> type; ++checked) {
    INFO(file << " " << codec << " " << type);
    const std::filesystem::path path = folder / fmt::format("{}.h5", file);
    const std::unique_ptr<Source> source = openSource(path.string());
    const ImageId image{findSetupIndex(source->dataset(), setup), 0};
    const ImagePyramid& pyramid = source->pyramid(image);
    CHECK(voxelTypeName(pyramid.voxelType) == type);
    CHECK(pyramid.levels.at(0).codec == codec);
    CHECK(pyramid.levels[0].sizeVoxels == i64vec3(19, 13, 7));
    CHECK(pyramid.levels[0].chunkVoxels == ivec3(8, 4, 4));
    const std::vector<std::byte> voxels = test::readLevel(*source, image, 0);
    const std::string expected = test::readAll(folder / fmt::format("{}-{}.bin", file, setup));
    CHECK((voxels.size() == expected.size() && std::memcmp(voxels.data(), expected.data(), expected.size()) == 0));
  }
  CHECK(checked == 14 * 10 + 4 * 7);
}

TEST_CASE("without a stated type int16 holds the bits of uint16, and a stated type wins") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), R"(
a = np.arange(65000, 65024, dtype='u2').reshape(2, 3, 4)
with h5py.File('a.h5', 'w') as f:
    f['t00000/s00/0/cells'] = a.astype('i2')
    f['t00000/s01/0/cells'] = a
    f['t00000/s02/0/cells'] = a.astype('i2'); f.create_group('s02').attrs['dataType'] = 'int16'
    f['t00000/s03/0/cells'] = a.astype('i2'); f.create_group('s03').attrs['dataType'] = 'uint16'
    f['t00000/s04/0/cells'] = a.astype('i8')
    f['t00000/s05/0/cells'] = a; f.create_group('s05').attrs['dataType'] = 'float32'
    f['t00000/s06/0/cells'] = (a - 65000).astype('f2')
    f['t00000/s07/0/cells'] = a; f.create_group('s07').attrs['dataType'] = 'complex17'
)");
  const std::unique_ptr<Source> source = openSource((folder / "a.h5").string());
  const auto type = [&](int setup) { return source->pyramid({setup, 0}).voxelType; };
  std::vector<std::uint16_t> expected = countingUp<std::uint16_t>(24);
  for (std::uint16_t& v : expected) v = static_cast<std::uint16_t>(v + 65000);
  for (const int setup : {0, 1, 3, 7}) {
    INFO(setup);
    CHECK(type(setup) == VoxelType::uint16);
    CHECK(readAs<std::uint16_t>(*source, {setup, 0}) == expected);
  }
  CHECK(type(2) == VoxelType::int16);
  CHECK(readAs<std::int16_t>(*source, {2, 0}).front() == -536);
  CHECK(type(4) == VoxelType::uint64);
  CHECK(type(5) == VoxelType::float32);
  CHECK(readAs<float>(*source, {5, 0}).back() == 65023.0f);
  CHECK(type(6) == VoxelType::float32);
  CHECK(readAs<float>(*source, {6, 0}) == countingUp<float>(24));
}

TEST_CASE("chunks that are not stored, unchunked voxels and chunks beyond the extent are read") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), R"(
a = np.arange(5 * 6 * 7, dtype='u2').reshape(5, 6, 7)
with h5py.File('a.h5', 'w') as f:
    d = f.create_dataset('t00000/s00/0/cells', (8, 8, 8), 'u1', chunks=(4, 4, 4)); d[:4, :4, :4] = 9
    d = f.create_dataset('t00000/s01/0/cells', (8, 8, 8), '>u2', chunks=(4, 4, 4), fillvalue=700, compression='gzip')
    d[4:, 4:, 4:] = 5
    f.create_dataset('t00000/s02/0/cells', data=a, chunks=(16, 16, 16), maxshape=(None, None, None))
    f.create_dataset('t00000/s03/0/cells', data=a)
    f.create_dataset('t00000/s04/0/cells', data=np.arange(70 * 66 * 130, dtype='>u4').reshape(70, 66, 130))
    dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE); dcpl.set_layout(h5py.h5d.COMPACT)
    h5py.h5d.create(f['t00000'].create_group('s05').create_group('0').id, b'cells', h5py.h5t.NATIVE_UINT16,
                    h5py.h5s.create_simple((5, 6, 7)), dcpl).write(h5py.h5s.ALL, h5py.h5s.ALL, a)
    f.create_dataset('t00000/s06/0/cells', (8, 8, 8), 'u1')
with h5py.File('latest.h5', 'w', libver='latest') as f:
    f.create_dataset('t00000/s00/0/cells', data=a, chunks=(4, 4, 4), compression='gzip', maxshape=(None, 6, 7))
    f.create_dataset('t00000/s01/0/cells', data=a, chunks=(4, 4, 4), compression='gzip')
    f.create_dataset('t00000/s02/0/cells', data=a, chunks=(4, 4, 4))
    f.create_dataset('t00000/s03/0/cells', data=a, chunks=(5, 6, 7), shuffle=True)
)");
  for (const char* name : {"a.h5", "latest.h5"}) {
    const std::unique_ptr<Source> source = openSource((folder / name).string());
    for (int setup = 0; setup < static_cast<int>(source->dataset().setups.size()); ++setup) {
      INFO(name << " " << setup);
      const ImageId image{setup, 0};
      CHECK((test::readLevel(*source, image, 0) == test::readWithHdf5(folder / name,
                                                                      fmt::format("t00000/s{:02}/0/cells", setup),
                                                                      source->pyramid(image).voxelType)));
    }
  }
  const std::unique_ptr<Source> source = openSource((folder / "a.h5").string());
  CHECK(!source->readChunk({.image = {0, 0}, .level = 0, .chunk = {1, 1, 1}}).stored);
  CHECK(source->pyramid({0, 0}).levels[0].codec == "raw");
  CHECK(source->pyramid({2, 0}).levels[0].chunkVoxels == ivec3(16));
  CHECK(source->pyramid({4, 0}).levels[0].chunkVoxels == ivec3(64));
}

TEST_CASE("level factors come from tables of any number type, or from the sizes") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), R"(
def levels(f, setup, sizes, dtype='u1'):
    for i, (x, y, z) in enumerate(sizes):
        f.create_dataset(f't00000/s{setup:02}/{i}/cells', (z, y, x), dtype, chunks=(min(z, 4), min(y, 4), min(x, 4)))
with h5py.File('a.h5', 'w') as f:
    f['s00/resolutions'] = np.array([[1, 1, 1], [2, 2, 1], [4, 4, 2]], 'f4')
    f['s00/subdivisions'] = np.array([[4, 4, 4]] * 3, 'i8')
    levels(f, 0, [(27, 30, 5), (14, 15, 5), (7, 8, 3)])
    f['s01/resolutions'] = np.array([[2, 2, 2], [2, 2, 2]], 'f8')
    levels(f, 1, [(13, 15, 2), (13, 15, 2)])
    levels(f, 2, [(27, 30, 5), (13, 15, 5), (7, 8, 3)])
    f['s03/resolutions'] = np.array([[1, 1, 1], [3, 3, 1.5], [9, 9, 2]], 'f8')
    levels(f, 3, [(27, 30, 5), (9, 10, 3)])
    f['s100/resolutions'] = np.array([[1, 1, 1]], '>i4')
    levels(f, 100, [(3, 3, 3)])
)");
  const std::unique_ptr<Source> source = openSource((folder / "a.h5").string());
  const auto factors = [&](int setup) {
    std::vector<dvec3> list;
    for (const LevelInfo& level : source->pyramid({setup, 0}).levels) list.push_back(level.factor);
    return list;
  };
  using Factors = std::vector<dvec3>;
  CHECK(factors(0) == Factors{{1, 1, 1}, {2, 2, 1}, {4, 4, 2}});
  CHECK(factors(1) == Factors{{2, 2, 2}, {2, 2, 2}});
  CHECK(factors(2) == Factors{{1, 1, 1}, {2, 2, 1}, {4, 4, 2}});
  CHECK(factors(3) == Factors{{1, 1, 1}, {3, 3, 1.5}});
  CHECK(source->pyramid({2, 0}).levels[1].sizeVoxels == i64vec3(13, 15, 5));
  CHECK(source->dataset().setups[4].id == 100);
  CHECK(factors(4) == Factors{{1, 1, 1}});
}

TEST_CASE("an HDF5 file is opened through the XML that describes it") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), R"(
with h5py.File('a.h5', 'w') as f:
    f['t00000/s00/0/cells'] = np.zeros((2, 2, 2), 'u1')
    f['t00002/s00/0/cells'] = np.zeros((2, 2, 2), 'u1')
    f['t00002/s07/0/cells'] = np.zeros((2, 2, 2), 'u1')
)");
  const std::string file = (folder / "a.h5").string();
  {
    const std::unique_ptr<Source> bare = openSource(file);
    CHECK(bare->dataset().timepoints == std::vector<int>{0, 2});
    REQUIRE(bare->dataset().setups.size() == 2);
    CHECK(bare->dataset().setups[1].id == 7);
    CHECK(bare->dataset().setups[1].present == std::vector<bool>{false, true});
    CHECK(bare->dataset().setups[0].worldFromVoxel[0] == dmat4(1.0));
    CHECK_FALSE(bare->dataset().warnings.empty());
    CHECK_THROWS_MATCHES(bare->pyramid({1, 0}), Error, says("this view is missing"));
  }
  test::writeText(folder / "unrelated.xml", "<note/>");
  test::writeText(folder / "b.xml", makeXml("a.h5"));
  CHECK(openSource(file)->dataset().timepoints == std::vector<int>{0});
  CHECK_THAT(openSource(file)->dataset().warnings.at(0), ContainsSubstring("b.xml"));
  test::writeText(folder / "c.xml", makeXml("a.h5"));  // now neither can be chosen
  CHECK(openSource(file)->dataset().timepoints == std::vector<int>{0, 2});
  test::writeText(folder / "a.xml", makeXml("other.h5"));
  CHECK(openSource(file)->dataset().timepoints == std::vector<int>{0, 2});
  test::writeText(folder / "a.xml", makeXml("C:\\data\\a.h5"));
  CHECK(openSource(file)->dataset().timepoints == std::vector<int>{0});
  CHECK(openSource(file)->pyramid({0, 0}).levels.size() == 1);
}

TEST_CASE("an image file that was moved is found beside the XML") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), "h5py.File('a.h5', 'w')['t00000/s00/0/cells'] = np.zeros((2, 2, 2), 'u1')\n");
  const std::string xml = (folder / "x.xml").string();
  for (const char* stated : {"a.h5", "sub\\a.h5", "./a.h5", "../gone/a.h5", "  a.h5\n", "/a.h5"}) {
    INFO(stated);
    test::writeText(xml, makeXml(stated));
    CHECK(openSource(xml)->pyramid({0, 0}).levels.size() == 1);
  }
  std::string absolute = makeXml("C:\\stale\\a.h5");
  absolute.replace(absolute.find("<hdf5 type=\"relative\""), 21, "<hdf5 type=\"absolute\"");
  test::writeText(xml, absolute);
  CHECK(openSource(xml)->pyramid({0, 0}).levels.size() == 1);

  test::writeText(xml, makeXml("b.h5"));
  CHECK_THROWS_MATCHES(openSource(xml), Error, says("x.xml: its image file b.h5 can't be found"));
  std::filesystem::rename(folder / "a.h5", folder / "x.h5");
  const std::unique_ptr<Source> renamed = openSource(xml);
  CHECK(renamed->pyramid({0, 0}).levels.size() == 1);
  CHECK_THAT(renamed->dataset().warnings.at(0), ContainsSubstring("x.h5"));
}

TEST_CASE("partitions are found through links of any spelling, and without the master") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), R"(
import os
os.mkdir('set')
os.chdir('set')
links = ['a-00-00.h5', 'C:\\stale\\a-01-00.h5', '/stale/a-02-00.h5', 'a-03-00.h5', 'a-04-00.h5']
with h5py.File('a.h5', 'w') as master:
    for setup, link in enumerate(links):
        master[f's{setup:02}/resolutions'] = np.array([[1., 1., 1.]])
        if setup < 4: master[f't00000/s{setup:02}/0/cells'] = h5py.ExternalLink(link, f't00000/s{setup:02}/0/cells')
        if setup == 3: continue
        with h5py.File(f'a-{setup:02}-00.h5', 'w') as f:
            inside = 9 if setup == 4 else setup
            f[f's{inside:02}/resolutions'] = np.array([[1., 1., 1.]])
            f[f't00000/s{inside:02}/0/cells'] = np.full((2, 3, 4), 10 + setup, 'u2')
with h5py.File('circle.h5', 'w') as f:
    f['t00000/s00/0/cells'] = h5py.ExternalLink('circle.h5', 't00000/s00/0/cells')
)");
  std::string partitions;
  for (int setup = 0; setup < 5; ++setup)
    partitions += fmt::format(
        "<partition><path type=\"relative\">a-{:02}-00.h5</path><timepoints>0</timepoints><setups>{}</setups>{}"
        "</partition>",
        setup, setup, setup == 4 ? "<setupsMapped>9</setupsMapped>" : "");
  const std::filesystem::path set = folder / "set";
  test::writeText(set / "a.xml", makeXml("a.h5", 5, partitions));

  const auto check = [&] {
    const std::unique_ptr<Source> source = openSource((set / "a.xml").string());
    for (const int setup : {0, 1, 2, 4}) {
      INFO(setup);
      CHECK(readAs<std::uint16_t>(*source, {setup, 0}) ==
            std::vector<std::uint16_t>(24, static_cast<std::uint16_t>(10 + setup)));
    }
    CHECK_THROWS_MATCHES(source->pyramid({3, 0}), Error, says("a-03-00.h5"));
  };
  check();
  std::filesystem::remove(set / "a.h5");
  check();

  const std::unique_ptr<Source> circle = openSource((set / "circle.h5").string());
  CHECK_THROWS_MATCHES(circle->pyramid({0, 0}), Error, says("linked in a circle"));
}

TEST_CASE("images without a registration are scaled by their voxel size") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), "h5py.File('a.h5', 'w')['t00000/s00/0/cells'] = np.zeros((2, 2, 2), 'u1')\n");
  std::string xml = makeXml("a.h5");
  xml.replace(xml.find("</ViewSetup>"), 0, "<voxelSize><unit>um</unit><size>0.5 0.5 2</size></voxelSize>");
  test::writeText(folder / "a.xml", xml);
  const std::unique_ptr<Source> source = openSource((folder / "a.xml").string());
  CHECK(transformPoint(source->dataset().setups[0].worldFromVoxel[0], dvec3(1)) == dvec3(0.5, 0.5, 2.0));
  REQUIRE(source->dataset().warnings.size() == 1);
  CHECK_THAT(source->dataset().warnings[0], ContainsSubstring("no registration"));
}

TEST_CASE("a thousand setups open without looking at their images") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), "h5py.File('a.h5', 'w')['t00000/s999/0/cells'] = np.zeros((2, 2, 2), 'u1')\n");
  test::writeText(folder / "a.xml", makeXml("a.h5", 1000));
  const std::unique_ptr<Source> source = openSource((folder / "a.xml").string());
  CHECK(source->dataset().setups.size() == 1000);
  CHECK(source->pyramid({999, 0}).levels.size() == 1);
  CHECK_THROWS_MATCHES(source->pyramid({5, 0}), Error, says("a.xml: time point 0, setup 5: there is no image data"));
}

TEST_CASE("threads read and decode the same file at the same time") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), R"(
with h5py.File('a.h5', 'w') as f:
    for s in range(3):
        f.create_dataset(f't00000/s{s:02}/0/cells', data=(np.arange(32**3) * (s + 1) % 20000).astype('u2').reshape(32, 32, 32),
                         chunks=(8, 8, 8), scaleoffset=0, compression='gzip')
)");
  const std::unique_ptr<Source> source = openSource((folder / "a.h5").string());
  std::vector<std::vector<std::byte>> results(6);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i) threads.emplace_back([&, i] { results[i] = test::readLevel(*source, {i % 3, 0}, 0); });
  }
  for (int setup = 0; setup < 3; ++setup) {
    CHECK(results[setup] == results[setup + 3]);
    CHECK((results[setup] ==
           test::readWithHdf5(folder / "a.h5", fmt::format("t00000/s{:02}/0/cells", setup), VoxelType::uint16)));
  }
}
