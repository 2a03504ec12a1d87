// Each compression of libtiff that needs nothing but a strip's bytes: from files that libtiff writes, Volary reads the
// numbers that were written or, for lossy compressions, those that libtiff reads.
#include "formats/tiff/segment_decoder.h"
#include "support/files/test_files.h"
#include "support/oracles/expected_voxels.h"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace volary;

namespace {

/// Runs Python with libtiff's own writer, `expect` and `noise`; compares what was expected and returns how many images.
int writeAndCheck(const std::string& script) {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(),
                  std::string("import sys\nsys.dont_write_bytecode = True\nsys.path.insert(0, '" VOLARY_SOURCE_DIR
                              "/tests/support/files')\n") +
                      test::kExpectPython + R"(
import libtiff_files as libtiff
random = np.random.default_rng(7)
def noise(dtype, shape=(21, 35)):
    if np.dtype(dtype).kind == 'f':
        return random.normal(scale=100, size=shape).astype(dtype)
    return random.integers(0, np.iinfo(dtype).max, shape, dtype=dtype, endpoint=True)
)" + script);
  return test::checkExpectedVoxels(folder.path());
}

}  // namespace

TEST_CASE("exact compressions, with each predictor, number type and byte order") {
  CHECK(writeAndCheck(R"(
predicting = (libtiff.LZW, libtiff.DEFLATE, libtiff.OLD_DEFLATE, libtiff.LZMA, libtiff.ZSTD)
for compression in (libtiff.NONE, libtiff.PACKBITS, *predicting):
    assert libtiff.has(compression)
    for dtype in ('u1', 'u2', 'u4', 'i1', 'i2', 'i4', 'f4', 'f8'):
        predictors = (1, 3) if dtype[0] == 'f' else (1, 2)
        for predictor in predictors if compression in predicting else (1,):
            for order in '<>':
                name = f'{compression}-{dtype}-{predictor}-{ord(order)}.tif'
                array = noise(dtype)
                libtiff.write(name, array, compression, order, predictor)
                expect(name, 0, 0, 0, array[None])
)") == 8 * 2 * (2 + 5 * 2));
}

TEST_CASE("LERC, which is exact unless it is allowed an error") {
  CHECK(writeAndCheck(R"(
for dtype in ('u1', 'i1', 'u2', 'i2', 'u4', 'i4', 'f4', 'f8') if libtiff.has(libtiff.LERC) else ():
    # libtiff packs the numbers of a big-endian file with their bytes reversed, which makes others of floating-point ones.
    for order in '<>' if dtype[0] != 'f' else '<':
        array = noise(dtype)
        libtiff.write(f'{dtype}-{ord(order)}.tif', array, libtiff.LERC, order)
        expect(f'{dtype}-{ord(order)}.tif', 0, 0, 0, array[None])
)") == (tiff::canDecode(34887) ? 14 : 0));
}

TEST_CASE("compressions of black and white") {
  CHECK(writeAndCheck(R"(
array = random.integers(0, 2, (21, 35)).astype(bool)
for compression in (libtiff.RLE, libtiff.FAX3, libtiff.FAX4, libtiff.RLE_WORDS, libtiff.JBIG):
    for order in '<>' if libtiff.has(compression) else '':
        # JBIG is of whole pages; of rows that begin on even places libtiff reads but the first.
        rows = {libtiff.JBIG: 21, libtiff.RLE_WORDS: 1}.get(compression, 8)
        libtiff.write(f'{compression}-{ord(order)}.tif', array, compression, order, rows=rows)
        expect(f'{compression}-{ord(order)}.tif', 0, 0, 0, array[None].astype('uint8'))
)") == 8 + (tiff::canDecode(34661) ? 2 : 0));
}

TEST_CASE("WebP without loss, and JPEG as libtiff reads it") {
  CHECK(writeAndCheck(R"(
colours = noise('u1', (21, 35, 3))
if libtiff.has(libtiff.WEBP):
    libtiff.write('webp.tif', colours, libtiff.WEBP, extra=[(libtiff.WEBP_LOSSLESS, 1)])
    for sample in range(3):
        expect('webp.tif', sample, 0, 0, colours[None, ..., sample])
for order in '<>':
    libtiff.write(f'jpeg-{ord(order)}.tif', noise('u1'), libtiff.JPEG, order)
    expect(f'jpeg-{ord(order)}.tif', 0, 0, 0, libtiff.read(f'jpeg-{ord(order)}.tif', (21, 35), 'u1')[None])
)") == (tiff::canDecode(50001) ? 3 : 0) + 2);
}

TEST_CASE("NeXT's two bits and ThunderScan's four, of which there are writers no more") {
  CHECK(writeAndCheck(R"(
def write(name, compression, bits, width, rows):
    data = b''.join(rows)
    libtiff_tags = [(256, width), (257, len(rows)), (258, bits), (259, compression), (262, 1), (273, 8), (277, 1), (278, len(rows)),
                    (279, len(data))]
    import struct
    file = b'II*\0' + struct.pack('<I', 8 + len(data)) + data + struct.pack('<H', len(libtiff_tags))
    file += b''.join(struct.pack('<HHII', tag, 4, 1, value) for tag, value in libtiff_tags) + b'\0\0\0\0'
    open(name, 'wb').write(file)
def packed(row, bits):
    text = ''.join(f'{value:0{bits}b}' for value in row)
    return bytes(int(text[i:i + 8].ljust(8, '0'), 2) for i in range(0, len(text), 8))
# NeXT: a zero, then a row as it is. ThunderScan: each number after the bits 11.
grey = random.integers(0, 4, (9, 36))
write('next.tif', libtiff.NEXT, 2, 36, [b'\0' + packed(row, 2) for row in grey])
expect('next.tif', 0, 0, 0, grey[None].astype('uint8'))
grey = random.integers(0, 16, (9, 36))
write('thunder.tif', libtiff.THUNDERSCAN, 4, 36, [bytes(0xc0 | value for value in row) for row in grey])
expect('thunder.tif', 0, 0, 0, grey[None].astype('uint8'))
)") == 2);
}
