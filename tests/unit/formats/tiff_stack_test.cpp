// TIFF files that tifffile writes, read by Volary, against the arrays that were written.
#include "base/error.h"
#include "formats/open.h"
#include "support/files/read_level.h"
#include "support/files/test_files.h"
#include "support/oracles/expected_voxels.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <string>

using namespace volary;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Runs Python with tifffile and `expect`, then compares what it expects. Returns how many images were compared.
int writeAndCheck(const test::TemporaryFolder& folder, const std::string& script) {
  test::runPython(folder.path(), std::string("import tifffile\nrandom = np.random.default_rng(7)\n") +
                                     test::kExpectPython +
                                     R"(
def noise(shape, dtype):
    if np.dtype(dtype).kind == 'f':
        return random.normal(0, 1000, shape).astype(dtype)
    limits = np.iinfo(dtype)
    return random.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)
)" + script);
  return test::checkExpectedVoxels(folder.path());
}

std::string sentenceOf(const std::filesystem::path& file) {
  try {
    openSource(file.string());
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a stack of every voxel type, byte order, variant and layout is read as it is") {
  const test::TemporaryFolder folder;
  CHECK(writeAndCheck(folder, R"(
for dtype in ('uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'uint64', 'int64', 'float32', 'float64'):
    for order in '<>':
        for layout, options in {
            'plain': {}, 'big': dict(bigtiff=True), 'strips': dict(rowsperstrip=7), 'tiles': dict(tile=(16, 32)),
            'deflate': dict(compression='zlib', rowsperstrip=5), 'bigtiles': dict(bigtiff=True, tile=(32, 16), compression='zlib'),
        }.items():
            volume = noise((3, 41, 53), dtype)
            name = f'{dtype}-{ord(order)}-{layout}.tif'
            tifffile.imwrite(name, volume.astype(np.dtype(dtype).newbyteorder(order)), byteorder=order, metadata=None,
                             photometric='minisblack', **options)
            expect(name, 0, 0, 0, volume)
)") == 120);
}

TEST_CASE("half floats become float32, few bits become bytes") {
  const test::TemporaryFolder folder;
  CHECK(writeAndCheck(folder, R"(
volume = noise((2, 19, 23), 'float32').astype('float16')
for order in '<>':
    tifffile.imwrite(f'half{ord(order)}.tif', volume, byteorder=order, metadata=None, photometric='minisblack')
    expect(f'half{ord(order)}.tif', 0, 0, 0, volume.astype('float32'))
mask = random.integers(0, 2, (3, 21, 27)).astype(bool)
tifffile.imwrite('mask.tif', mask, metadata=None, photometric='minisblack')
expect('mask.tif', 0, 0, 0, mask.astype('uint8'))

# 12 bits, packed: the highest bits first, each row begins on a whole byte.
import struct
values = random.integers(0, 4096, (5, 7))
rows = b''
for row in values:
    bits = ''.join(f'{value:012b}' for value in row)
    bits += '0' * (-len(bits) % 8)
    rows += bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))
tags = [(256, 7), (257, 5), (258, 12), (259, 1), (262, 1), (273, 8), (277, 1), (278, 5), (279, len(rows))]
data = b'II*\0' + struct.pack('<I', 8 + len(rows)) + rows + struct.pack('<H', len(tags))
data += b''.join(struct.pack('<HHII', tag, 4, 1, value) for tag, value in tags) + b'\0\0\0\0'
open('bits12.tif', 'wb').write(data)
expect('bits12.tif', 0, 0, 0, values[None].astype('uint16'))
)") == 4);
}

TEST_CASE("colours are channels, contiguous or separate, and opacity is black") {
  const test::TemporaryFolder folder;
  CHECK(writeAndCheck(folder, R"(
for kind, samples in (('rgb', 3), ('rgba', 4)):
    for planar in ('contig', 'separate'):
        for tile in (None, (16, 32)):
            volume = noise((2, 33, 45, samples), 'uint16')
            name = f'{kind}-{planar}-{tile is None}.tif'
            stored = volume if planar == 'contig' else np.moveaxis(volume, 3, 1)
            tifffile.imwrite(name, stored, photometric='rgb', planarconfig=planar, tile=tile, metadata=None, rowsperstrip=None if tile else 4,
                             extrasamples=['unassalpha'] if samples == 4 else None)
            for sample in range(samples):
                expect(name, sample, 0, 0, volume[..., sample])
)") == 28);
  const std::unique_ptr<Source> source = openSource((folder / "rgba-contig-True.tif").string());
  const std::vector<Setup>& setups = source->dataset().setups;
  CHECK(setups[0].name == "red");
  CHECK(setups[1].displayColour == dvec3(0, 1, 0));
  CHECK(setups[3].name == "alpha");
  CHECK(setups[3].displayColour == dvec3(0, 0, 0));
}

TEST_CASE("pages that differ from the first are left out with a warning") {
  const test::TemporaryFolder folder;
  CHECK(writeAndCheck(folder, R"(
volume = noise((4, 20, 30), 'uint8')
with tifffile.TiffWriter('mixed.tif') as file:
    for plane in volume:
        file.write(plane, metadata=None)
        file.write(noise((5, 6, 3), 'uint8'), photometric='rgb', metadata=None)
expect('mixed.tif', 0, 0, 0, volume)
)") == 1);
  const std::unique_ptr<Source> source = openSource((folder / "mixed.tif").string());
  REQUIRE(source->dataset().warnings.size() == 1);
  CHECK_THAT(source->dataset().warnings[0], ContainsSubstring("4 of 8 pages are left out"));
}

TEST_CASE("reduced pages behind each plane and directories below each plane are levels") {
  const test::TemporaryFolder folder;
  CHECK(writeAndCheck(folder, R"(
full = noise((3, 65, 97), 'uint16')
half, quarter = full[:, ::2, ::2], full[:, ::4, ::4]
with tifffile.TiffWriter('pages.tif') as file:
    for z in range(3):
        file.write(full[z], metadata=None, tile=(16, 16))
        file.write(half[z], metadata=None, tile=(16, 16), subfiletype=1)
        file.write(quarter[z], metadata=None, tile=(16, 16), subfiletype=1)
with tifffile.TiffWriter('below.tif', bigtiff=True) as file:
    for z in range(3):
        file.write(full[z], metadata=None, tile=(32, 32), subifds=2)
        file.write(half[z], metadata=None, tile=(32, 32), subfiletype=1)
        file.write(quarter[z], metadata=None, tile=(32, 32), subfiletype=1)
for name in ('pages.tif', 'below.tif'):
    for level, volume in enumerate((full, half, quarter)):
        expect(name, 0, 0, level, volume)
)") == 6);
  const std::unique_ptr<Source> source = openSource((folder / "below.tif").string());
  CHECK(source->pyramid({}).levels[2].factor == dvec3(4, 4, 1));
}

TEST_CASE("a plane of a large picture without compression is read in bands, and no more than it") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), R"(
import tifffile
tifffile.imwrite('large.tif', np.arange(3 * 1500 * 1000, dtype='uint16').reshape(3, 1500, 1000), metadata=None, photometric='minisblack')
)");
  const std::unique_ptr<Source> source = openSource((folder / "large.tif").string());
  const LevelInfo& level = source->pyramid({}).levels[0];
  CHECK(level.chunkVoxels.x == 1000);
  CHECK(level.chunkVoxels.y * 2000 >= 64 * 1024);
  CHECK(level.chunkVoxels.y * 2000 <= 256 * 1024);
  CHECK(level.chunkVoxels.z == 1);
  std::size_t bytes = 0;
  for (std::int64_t y = 0; y * level.chunkVoxels.y < 1500; ++y)
    bytes += source->readChunk({.chunk = {0, y, 1}}).bytes.size();
  CHECK(bytes <= 1.1 * 1500 * 2000);
  CHECK(source->countBytesStored({}, 0) == 3 * 1500 * 2000);
}

TEST_CASE("strips of one row are read in groups") {
  const test::TemporaryFolder folder;
  CHECK(writeAndCheck(folder, R"(
volume = noise((2, 300, 200), 'uint16')
tifffile.imwrite('rows.tif', volume, rowsperstrip=1, compression='zlib', metadata=None, photometric='minisblack')
expect('rows.tif', 0, 0, 0, volume)
)") == 1);
  const std::unique_ptr<Source> source = openSource((folder / "rows.tif").string());
  CHECK(source->pyramid({}).levels[0].chunkVoxels.y * 400 >= 64 * 1024);
}

TEST_CASE("strips and tiles that are not stored are zero") {
  const test::TemporaryFolder folder;
  CHECK(writeAndCheck(folder, R"(
volume = noise((1, 48, 64), 'uint8')
tifffile.imwrite('sparse.tif', volume[0], tile=(16, 16), compression='zlib', metadata=None)
with tifffile.TiffFile('sparse.tif', mode='r+b') as file:
    tags = file.pages[0].tags
    offsets, counts = list(tags[324].value), list(tags[325].value)
    offsets[5] = counts[5] = 0
    tags[324].overwrite(offsets)
    tags[325].overwrite(counts)
volume[0, 16:32, 16:32] = 0
expect('sparse.tif', 0, 0, 0, volume)
)") == 1);
}

TEST_CASE("a last strip that is filled up with rows beyond the page is read to its end") {
  const test::TemporaryFolder folder;
  CHECK(writeAndCheck(folder, R"(
import zlib
# Equal rows: the stream repeats itself right across the page's last row.
volume = np.tile(np.arange(50, dtype='uint8'), (1, 20, 1))
tifffile.imwrite('filled.tif', volume[0], rowsperstrip=16, compression='zlib', metadata=None)
data = zlib.compress(np.tile(volume[0, 0], (16, 1)).tobytes(), 9)
with tifffile.TiffFile('filled.tif', mode='r+b') as file:
    tags, end = file.pages[0].tags, os.path.getsize('filled.tif')
    offsets, counts = list(tags[273].value), list(tags[279].value)
    offsets[1], counts[1] = end, len(data)
    tags[273].overwrite(offsets)
    tags[279].overwrite(counts)
open('filled.tif', 'ab').write(data)
expect('filled.tif', 0, 0, 0, volume)
)") == 1);
}

TEST_CASE("what can't be shown is refused in one sentence that names it") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), R"(
import tifffile
tifffile.imwrite('complex.tif', np.zeros((4, 5), 'complex64'))
tifffile.imwrite('jpegxl.tif', np.zeros((4, 5), 'uint8'))
with tifffile.TiffFile('jpegxl.tif', mode='r+b') as file:
    file.pages[0].tags[259].overwrite(50002)
)");
  CHECK_THAT(sentenceOf(folder / "complex.tif"),
             ContainsSubstring("complex.tif: ") && ContainsSubstring("complex numbers"));
  CHECK_THAT(sentenceOf(folder / "jpegxl.tif"),
             ContainsSubstring("jpegxl.tif: ") && ContainsSubstring("compressed as JPEG XL"));
}

TEST_CASE("the pixel size is that of tags in centimetres, and not that of a printer") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), R"(
import tifffile
tifffile.imwrite('cm.tif', np.zeros((4, 5), 'uint8'), resolution=(40000, 20000), resolutionunit='centimeter', metadata=None)
tifffile.imwrite('inch.tif', np.zeros((4, 5), 'uint8'), resolution=(300, 300), resolutionunit='inch', metadata=None)
)");
  const std::unique_ptr<Source> cm = openSource((folder / "cm.tif").string());
  CHECK(cm->dataset().setups[0].voxelSize == dvec3(0.25, 0.5, 0.25));
  CHECK(cm->dataset().setups[0].unit == "µm");
  const std::unique_ptr<Source> inch = openSource((folder / "inch.tif").string());
  CHECK(inch->dataset().setups[0].voxelSize == dvec3(1.0));
  CHECK(inch->dataset().setups[0].unit == "pixel");
}
