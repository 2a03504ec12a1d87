// ImageJ's hyperstacks, OME-TIFF and series of files as tifffile writes them, against the arrays that were written.
#include "base/error.h"
#include "formats/open.h"
#include "support/files/read_level.h"
#include "support/files/test_files.h"
#include "support/oracles/expected_voxels.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <string>

using namespace volary;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

namespace {

/// Runs Python with tifffile, `expect` and `noise`.
void write(const test::TemporaryFolder& folder, const std::string& script) {
  test::runPython(folder.path(), std::string("import tifffile\nrandom = np.random.default_rng(7)\n") +
                                     test::kExpectPython +
                                     R"(
def noise(shape, dtype):
    return random.integers(0, np.iinfo(dtype).max, shape, dtype=dtype, endpoint=True)
def expect_all(name, tczyx, first_setup=0):
    for t in range(tczyx.shape[0]):
        for c in range(tczyx.shape[1]):
            expect(name, first_setup + c, t, 0, tczyx[t, c])
)" + script);
}

std::unique_ptr<Source> open(const std::filesystem::path& location) { return openSource(location.string()); }

}  // namespace

TEST_CASE("ImageJ's hyperstacks have their channels, slices and frames in ImageJ's order") {
  const test::TemporaryFolder folder;
  write(folder, R"(
volume = noise((3, 4, 2, 21, 33), 'uint16')   # t z c y x
for order in '<>':
    tifffile.imwrite(f'hyper{ord(order)}.tif', volume, imagej=True, byteorder=order, resolution=(4, 4),
                     metadata={'axes': 'TZCYX', 'spacing': 1.5, 'unit': 'um', 'mode': 'composite'})
    expect_all(f'hyper{ord(order)}.tif', np.moveaxis(volume, 2, 1))
# The same, each page for itself and compressed: the pages have to be looked for.
with tifffile.TiffWriter('pages.tif') as file:
    text = 'ImageJ=1.53c\nimages=24\nchannels=2\nslices=4\nframes=3\nhyperstack=true\n'
    for i, plane in enumerate(volume.reshape(24, 21, 33)):
        file.write(plane, compression='zlib', description=text if i == 0 else None, metadata=None)
expect_all('pages.tif', np.moveaxis(volume, 2, 1))
# Not compressed, but with a directory between the planes.
with tifffile.TiffWriter('between.tif') as file:
    for i, plane in enumerate(volume.reshape(24, 21, 33)):
        file.write(plane, description=text if i == 0 else None, metadata=None)
expect_all('between.tif', np.moveaxis(volume, 2, 1))
)");
  CHECK(test::checkExpectedVoxels(folder.path()) == 24);
  const std::unique_ptr<Source> source = open(folder / "hyper60.tif");
  CHECK(source->dataset().format == "ImageJ TIFF");
  const Setup& setup = source->dataset().setups[1];
  CHECK(setup.voxelSize == dvec3(0.25, 0.25, 1.5));
  CHECK(setup.unit == "µm");
  CHECK(setup.displayColour == dvec3(0, 1, 0));
}

TEST_CASE("ImageJ's lookup tables and ranges are the channels' colours and display ranges") {
  const test::TemporaryFolder folder;
  write(folder, R"(
ramp = np.arange(256, dtype='uint8')
luts = [np.stack([ramp, ramp // 2, ramp * 0]), np.stack([ramp * 0, ramp, ramp])]
for order in '<>':
    tifffile.imwrite(f'luts{ord(order)}.tif', noise((2, 3, 9, 9), 'uint16').swapaxes(0, 1), imagej=True, byteorder=order,
                     metadata={'axes': 'ZCYX', 'mode': 'composite', 'LUTs': luts, 'Ranges': (10.0, 500.0, 20.0, 4000.0)})
)");
  for (const char* name : {"luts60.tif", "luts62.tif"}) {
    const std::unique_ptr<Source> source = open(folder / name);
    const std::vector<Setup>& setups = source->dataset().setups;
    REQUIRE(setups.size() == 2);
    REQUIRE(setups[0].displayColour);
    CHECK(glm::distance(*setups[0].displayColour, dvec3(1, 127 / 255.0, 0)) < 1e-9);
    CHECK(setups[1].displayColour == dvec3(0, 1, 1));
    CHECK(setups[0].displayRange == ValueRange{10, 500});
    CHECK(setups[1].displayRange == ValueRange{20, 4000});
  }
}

TEST_CASE("every way to write micrometres is one unit") {
  const test::TemporaryFolder folder;
  write(folder, R"(
for i, unit in enumerate([b'micron', b'um', b'\\u00B5m', b'\xb5m', b'\xc2\xb5m', b'micrometer']):
    text = b'ImageJ=1.53c\nimages=1\nunit=' + unit + b'\nspacing=-2.5\nmin=3.0\nmax=70.0\n'
    tifffile.imwrite(f'unit{i}.tif', np.zeros((8, 8), 'uint8'), description=text, metadata=None, resolution=(2, 2))
)");
  for (int i = 0; i < 6; ++i) {
    const std::unique_ptr<Source> source = open(folder / ("unit" + std::to_string(i) + ".tif"));
    CHECK(source->dataset().setups[0].unit == "µm");
    CHECK(source->dataset().setups[0].voxelSize == dvec3(0.5, 0.5, 2.5));
    CHECK(source->dataset().setups[0].displayRange == ValueRange{3, 70});
  }
}

TEST_CASE("an ImageJ file above 4 GiB has one directory, and planes far behind it") {
  const test::TemporaryFolder folder;
  write(folder, R"(
import os, struct
width, height, images = 4096, 2048, 600      # 16 bits: 9.4 GiB, most of it a hole
text = f'ImageJ=1.53c\nimages={images}\nslices=300\nframes=2\nhyperstack=true\n'.encode() + b'\0'
tags = [(256, width), (257, height), (258, 16), (259, 1), (262, 1), (270, 0), (273, 4096), (277, 1), (278, height), (279, 0)]
directory = struct.pack('>H', len(tags))
for tag, value in tags:
    if tag == 270: directory += struct.pack('>HHII', tag, 2, len(text), 512)
    elif tag in (258, 259, 262, 277): directory += struct.pack('>HHIHH', tag, 3, 1, value, 0)
    else: directory += struct.pack('>HHII', tag, 4, 1, value)
directory += struct.pack('>I', 0)
with open('huge.tif', 'wb') as file:
    file.write(b'MM\0*' + struct.pack('>I', 8) + directory)
    file.seek(512); file.write(text)
    plane = np.arange(width * height, dtype='uint16').astype('>u2').tobytes()
    file.seek(4096 + 457 * len(plane)); file.write(plane)
    file.truncate(4096 + images * len(plane))
)");
  const std::unique_ptr<Source> source = open(folder / "huge.tif");
  const LevelInfo level = source->pyramid({}).levels[0];
  CHECK(level.sizeVoxels == i64vec3(4096, 2048, 300));
  CHECK(source->dataset().timepoints.size() == 2);
  DecodeScratch scratch;
  std::vector<std::byte> voxels(static_cast<std::size_t>(level.chunkVoxels.x) * level.chunkVoxels.y * 2);
  for (const std::int64_t y : {std::int64_t{0}, (2048 - 1) / std::int64_t{level.chunkVoxels.y}}) {
    const ChunkKey key{.image = {0, 1}, .level = 0, .chunk = {0, y, 157}};
    source->decodeChunk(key, source->readChunk(key), voxels, scratch);
    for (std::size_t i = 0; i < 4096; i += 37) {
      std::uint16_t voxel;
      std::memcpy(&voxel, &voxels[2 * i], sizeof(voxel));
      REQUIRE(voxel == static_cast<std::uint16_t>(
                           static_cast<std::size_t>(y) * static_cast<std::size_t>(level.chunkVoxels.y) * 4096 + i));
    }
  }
}

TEST_CASE("OME-TIFF has the planes where its dimension order and TiffData say") {
  const test::TemporaryFolder folder;
  write(folder, R"(
for axes in ('TZCYX', 'TCZYX', 'CTZYX', 'ZTCYX', 'ZCTYX', 'CZTYX'):
    sizes = {'T': 2, 'C': 3, 'Z': 4}
    volume = noise([sizes[a] for a in axes[:3]] + [17, 25], 'uint8')
    tifffile.imwrite(f'{axes}.ome.tif', volume, ome=True, photometric='minisblack', compression='zlib' if axes[0] == 'Z' else None,
                     metadata={'axes': axes, 'PhysicalSizeX': 250, 'PhysicalSizeXUnit': 'nm', 'PhysicalSizeY': 0.25,
                               'PhysicalSizeYUnit': 'µm', 'PhysicalSizeZ': 0.002, 'PhysicalSizeZUnit': 'mm',
                               'Channel': {'Name': ['DAPI', 'GFP', 'RFP'], 'Color': [65535, 16711935, -16776961]}})
    expect_all(f'{axes}.ome.tif', np.transpose(volume, [axes.index(a) for a in 'TCZYX']))
)");
  CHECK(test::checkExpectedVoxels(folder.path()) == 36);
  const std::unique_ptr<Source> source = open(folder / "TCZYX.ome.tif");
  CHECK(source->dataset().format == "OME-TIFF");
  const std::vector<Setup>& setups = source->dataset().setups;
  CHECK(setups[0].name == "DAPI");
  CHECK(setups[0].displayColour == dvec3(0, 0, 1));
  CHECK(setups[1].displayColour == dvec3(0, 1, 0));
  CHECK(setups[2].displayColour == dvec3(1, 0, 0));
  CHECK(setups[0].unit == "nm");
  CHECK(glm::distance(setups[0].voxelSize, dvec3(250, 250, 2000)) < 1e-9);
  CHECK(source->dataset().warnings.empty());
}

TEST_CASE("an OME-TIFF pyramid below each plane, with colours, is read at every level") {
  const test::TemporaryFolder folder;
  write(folder, R"(
full = noise((2, 3, 90, 70), 'uint16')   # c z
with tifffile.TiffWriter('pyramid.ome.tif', bigtiff=True) as file:
    options = dict(tile=(32, 32), compression='zlib', photometric='minisblack')
    file.write(full, subifds=2, metadata={'axes': 'CZYX'}, **options)
    file.write(full[:, :, ::2, ::2], subfiletype=1, **options)
    file.write(full[:, :, ::4, ::4], subfiletype=1, **options)
for c in range(2):
    for level in range(3):
        expect('pyramid.ome.tif', c, 0, level, full[c, :, ::2**level, ::2**level])
colours = noise((3, 41, 37, 3), 'uint8')
tifffile.imwrite('colours.ome.tif', colours, photometric='rgb', metadata={'axes': 'ZYXS'})
for c in range(3):
    expect('colours.ome.tif', c, 0, 0, colours[..., c])
separate = noise((2, 3, 41, 37), 'uint8')
tifffile.imwrite('separate.ome.tif', separate, photometric='rgb', planarconfig='separate', metadata={'axes': 'ZSYX'})
for c in range(3):
    expect('separate.ome.tif', c, 0, 0, separate[:, c])
)");
  CHECK(test::checkExpectedVoxels(folder.path()) == 12);
}

namespace {

// A set of three files, a plane each, listed in each of them or in a companion.
const char* const kSetScript = R"(
volume = noise((3, 20, 30), 'uint8')
def listing(names):
    data = ''.join(f'<TiffData FirstZ="{z}" IFD="0" PlaneCount="1"><UUID FileName="{name}">urn:uuid:{z}</UUID></TiffData>'
                   for z, name in enumerate(names))
    return ('<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:%s"><Image ID="Image:0">'
            '<Pixels DimensionOrder="XYZCT" ID="Pixels:0" Type="uint8" SizeX="30" SizeY="20" SizeZ="3" SizeC="1" SizeT="1">'
            '<Channel ID="Channel:0" Name="only"/>' + data + '</Pixels></Image></OME>')
names = [f'set_{z}.ome.tif' for z in range(3)]
for z, name in enumerate(names):
    tifffile.imwrite(name, volume[z], description=listing(names) % z, metadata=None)
for name in names:
    expect(name, 0, 0, 0, volume)
open('held.companion.ome', 'w').write(listing([f'held_{z}.ome.tif' for z in range(3)]) % 'companion')
for z in range(3):
    text = '<OME><BinaryOnly MetadataFile="held.companion.ome" UUID="urn:uuid:companion"/></OME>'
    tifffile.imwrite(f'held_{z}.ome.tif', volume[z], description=text, metadata=None)
expect('held.companion.ome', 0, 0, 0, volume)
expect('held_1.ome.tif', 0, 0, 0, volume)
)";

}  // namespace

TEST_CASE("a set of OME-TIFF files is opened by any of them and by its companion") {
  const test::TemporaryFolder folder;
  write(folder, kSetScript);
  CHECK(test::checkExpectedVoxels(folder.path()) == 5);
  CHECK(open(folder / "set_1.ome.tif")->files().size() == 3);
  CHECK(open(folder / "held_1.ome.tif")->files().size() == 4);
  CHECK(open(folder / "held.companion.ome")->files().size() == 4);
}

TEST_CASE("of a set with a missing file the other planes are read, and its own fail with a sentence") {
  const test::TemporaryFolder folder;
  write(folder, kSetScript);
  std::filesystem::remove(folder / "set_1.ome.tif");
  const std::unique_ptr<Source> source = open(folder / "set_0.ome.tif");
  REQUIRE(source->dataset().warnings.size() == 1);
  CHECK_THAT(source->dataset().warnings[0], ContainsSubstring("1 of 3 files"));
  CHECK(source->readChunk({.chunk = {0, 0, 2}}).stored);
  CHECK_THROWS_MATCHES(source->readChunk({.chunk = {0, 0, 1}}), Error,
                       MessageMatches(ContainsSubstring("set_1.ome.tif: No such file")));
}

TEST_CASE("an OME-XML leads to no file but those beside it") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "inner");
  for (const std::string name : {"../secret.tif", "/etc/passwd", "inner/x.tif", "..", "..\\\\secret.tif"}) {
    INFO(name);
    write(folder, std::string(kSetScript) + "names[1] = '" + name + R"('
tifffile.imwrite('bad.ome.tif', volume[0], description=listing(names) % 0, metadata=None)
text = '<OME><BinaryOnly MetadataFile="' + names[1] + '" UUID="urn:uuid:companion"/></OME>'
tifffile.imwrite('binary.ome.tif', volume[0], description=text, metadata=None)
)");
    CHECK_THROWS_MATCHES(open(folder / "bad.ome.tif"), Error, MessageMatches(ContainsSubstring("not beside it")));
    CHECK_THROWS_MATCHES(open(folder / "binary.ome.tif"), Error, MessageMatches(ContainsSubstring("not beside it")));
  }
}

TEST_CASE("images of one kind are setups, others a warning") {
  const test::TemporaryFolder folder;
  write(folder, R"(
first, second = noise((2, 20, 30), 'uint8'), noise((2, 20, 30), 'uint8')
with tifffile.TiffWriter('positions.ome.tif') as file:
    file.write(first, photometric='minisblack', metadata={'axes': 'ZYX', 'Name': 'A', 'PhysicalSizeX': 0.5, 'PhysicalSizeXUnit': 'µm',
               'Plane': {'PositionX': [100.0, 100.0], 'PositionXUnit': ['µm', 'µm']}})
    file.write(second, photometric='minisblack', metadata={'axes': 'ZYX', 'Name': 'B', 'PhysicalSizeX': 0.5, 'PhysicalSizeXUnit': 'µm',
               'Plane': {'PositionX': [115.0, 115.0], 'PositionXUnit': ['µm', 'µm']}})
    file.write(noise((40, 10), 'uint16'), metadata={'axes': 'YX', 'Name': 'label'})
expect('positions.ome.tif', 0, 0, 0, first)
expect('positions.ome.tif', 1, 0, 0, second)
)");
  CHECK(test::checkExpectedVoxels(folder.path()) == 2);
  const std::unique_ptr<Source> source = open(folder / "positions.ome.tif");
  CHECK(source->dataset().setups[1].name == "B");
  CHECK(dvec3(source->dataset().setups[1].worldFromVoxel[0][3]) == dvec3(15, 0, 0));
  REQUIRE(source->dataset().warnings.size() == 1);
  CHECK_THAT(source->dataset().warnings[0], ContainsSubstring("1 of 3 images"));
}
