// Damaged and malicious TIFF files: an Error with a sentence that names the file, or voxels; never a crash.
#include "base/bytes.h"
#include "base/error.h"
#include "formats/open.h"
#include "support/files/test_files.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

using namespace volary;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

namespace {

enum class Outcome { voxels, error };

/// Opens a file and reads the first and the last chunk of each image's levels, where they are of moderate size.
Outcome readSome(const std::filesystem::path& file) {
  try {
    const std::unique_ptr<Source> source = openSource(file.string());
    DecodeScratch scratch;
    const std::size_t setups = std::min<std::size_t>(source->dataset().setups.size(), 4);
    for (std::int32_t setup = 0; setup < static_cast<std::int32_t>(setups); ++setup) {
      const ImagePyramid& pyramid = source->pyramid({setup, 0});
      for (std::int32_t level = 0; level < static_cast<std::int32_t>(pyramid.levels.size()); ++level) {
        const LevelInfo& info = pyramid.levels[static_cast<std::size_t>(level)];
        const i64vec3 chunk(info.chunkVoxels);
        const std::uint64_t bytes =
            static_cast<std::uint64_t>(chunk.x * chunk.y * chunk.z) * voxelBytes(pyramid.voxelType);
        if (bytes > 16 * kMiB) continue;
        std::vector<std::byte> voxels(bytes);
        for (const i64vec3 place : {i64vec3(0), (info.sizeVoxels - std::int64_t{1}) / chunk}) {
          const ChunkKey key{.image = {setup, 0}, .level = level, .chunk = place};
          source->decodeChunk(key, source->readChunk(key), voxels, scratch);
        }
      }
    }
    return Outcome::voxels;
  } catch (const Error& error) {
    CHECK_THAT(error.what(), ContainsSubstring(file.parent_path().string()));
    CHECK(std::string(error.what()).find('\n') == std::string::npos);
    return Outcome::error;
  }
}

std::string sentenceOf(const std::filesystem::path& file) {
  try {
    openSource(file.string());
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// Small files of each kind, written by tifffile.
std::vector<std::filesystem::path> writeSmallFiles(const test::TemporaryFolder& folder) {
  test::runPython(folder.path(), R"(
import tifffile
random = np.random.default_rng(7)
volume = random.integers(0, 4096, (2, 19, 23)).astype('uint16')
options = dict(metadata=None, photometric='minisblack')
tifffile.imwrite('strips.tif', volume, rowsperstrip=5, byteorder='>', **options)
tifffile.imwrite('tiles.tif', volume, tile=(16, 16), compression='zlib', **options)
tifffile.imwrite('big.tif', volume, bigtiff=True, compression='zlib', **options)
tifffile.imwrite('imagej.tif', volume, imagej=True, metadata={'axes': 'CYX', 'Ranges': (1.0, 2.0, 3.0, 4.0)})
tifffile.imwrite('ome.ome.tif', volume, metadata={'axes': 'TYX'}, photometric='minisblack')
tifffile.imwrite('rgb.tif', volume.astype('uint8')[0, :18, :21].reshape(18, 7, 3), photometric='rgb', metadata=None)
with tifffile.TiffWriter('pyramid.tif') as file:
    file.write(volume[0], tile=(16, 16), subifds=1, **options)
    file.write(volume[0, ::2, ::2], tile=(16, 16), subfiletype=1, **options)
)");
  std::vector<std::filesystem::path> files;
  for (const char* name : {"strips.tif", "tiles.tif", "big.tif", "imagej.tif", "ome.ome.tif", "rgb.tif", "pyramid.tif"})
    files.push_back(folder / name);
  return files;
}

/// A little-endian classic TIFF file of one page with these tags (all LONG but BitsPerSample ...), and bytes at 4096.
void writePage(const std::filesystem::path& file, const std::vector<std::pair<std::uint32_t, std::uint32_t>>& tags,
               const std::string& data = {}) {
  std::string bytes = std::string("II*\0", 4);
  const auto append = [&](std::uint32_t value, int width) {
    for (int i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  };
  append(8, 4);
  append(static_cast<std::uint32_t>(tags.size()), 2);
  for (const auto& [tag, value] : tags) {
    append(tag, 2);
    append(4, 2);
    append(1, 4);
    append(value, 4);
  }
  append(0, 4);
  bytes.resize(4096);
  test::writeText(file, bytes + data);
}

}  // namespace

TEST_CASE("every truncated prefix of a small TIFF file is an error, or has lost nothing that is read") {
  const test::TemporaryFolder folder;
  for (const std::filesystem::path& file : writeSmallFiles(folder)) {
    INFO(file.string());
    const std::string bytes = test::readAll(file);
    REQUIRE(readSome(file) == Outcome::voxels);
    std::size_t errors = 0;
    for (std::size_t length = 1; length < bytes.size(); ++length) {
      test::writeText(folder / "cut.tif", bytes.substr(0, length));
      if (readSome(folder / "cut.tif") == Outcome::error) ++errors;
    }
    // Some programs pad the end of a file, and the middle of a plane is not looked at here.
    CHECK(errors * 10 > bytes.size() * 9);
  }
}

TEST_CASE("a TIFF file with any byte changed is read or refused") {
  const test::TemporaryFolder folder;
  for (const std::filesystem::path& file : writeSmallFiles(folder)) {
    INFO(file.string());
    const std::string bytes = test::readAll(file);
    std::size_t errors = 0;
    constexpr std::array<unsigned, 3> kChanges = {0x01, 0x80, 0xff};
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ kChanges[at % kChanges.size()]);
      test::writeText(folder / "changed.tif", changed);
      if (readSome(folder / "changed.tif") == Outcome::error) ++errors;
    }
    CHECK(errors > 0);
  }
}

TEST_CASE("pages that lead back to earlier ones are refused") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), R"(
import struct, tifffile
tifffile.imwrite('loop.tif', np.zeros((3, 8, 8), 'uint8'), metadata=None, photometric='minisblack', compression='zlib')
with tifffile.TiffFile('loop.tif') as file:
    last, first = file.pages[2].offset, file.pages[0].offset
data = bytearray(open('loop.tif', 'rb').read())
count = struct.unpack_from('<H', data, last)[0]
struct.pack_into('<I', data, last + 2 + 12 * count, first)
open('loop.tif', 'wb').write(data)
# A directory that is its own smaller version.
with tifffile.TiffWriter('below.tif') as file:
    file.write(np.zeros((64, 64), 'uint8'), subifds=1, metadata=None, tile=(16, 16))
    file.write(np.zeros((32, 32), 'uint8'), subfiletype=1, metadata=None, tile=(16, 16))
with tifffile.TiffFile('below.tif', mode='r+b') as file:
    file.pages[0].tags[330].overwrite(file.pages[0].offset)
)");
  CHECK_THAT(sentenceOf(folder / "loop.tif"), ContainsSubstring("after page 2 the chain of pages leads back"));
  CHECK(openSource((folder / "below.tif").string())->pyramid({}).levels.size() == 1);
}

TEST_CASE("sizes that can't be are refused before memory is taken") {
  const test::TemporaryFolder folder;
  const auto refused = [&](const std::vector<std::pair<std::uint32_t, std::uint32_t>>& tags) {
    writePage(folder / "page.tif", tags, "some data");
    return sentenceOf(folder / "page.tif");
  };
  using Tags = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
  const auto page = [](std::uint32_t width, std::uint32_t height, const Tags& more) {
    Tags tags = {{256, width}, {257, height}, {258, 8}, {273, 4096}, {279, 9}};
    tags.insert(tags.end(), more.begin(), more.end());
    return tags;
  };
  CHECK_THAT(refused(page(0xffffffff, 1, {})), ContainsSubstring("absurd"));
  CHECK_THAT(refused(page(1, 0x7fffffff, {{278, 1}})), ContainsSubstring("absurd"));
  CHECK_THAT(refused(page(8, 8, {{277, 0}})), ContainsSubstring("absurd"));
  CHECK_THAT(refused(page(8, 8, {{277, 60000}})), ContainsSubstring("absurd"));
  CHECK_THAT(refused(page(8, 8, {{278, 0}})), ContainsSubstring("of no size"));
  CHECK_THAT(refused(page(8, 8, {{322, 0}, {323, 16}})), ContainsSubstring("of no size"));
  CHECK_THAT(refused(page(0, 8, {})), ContainsSubstring("has no size"));
  CHECK_THAT(refused(page(60000, 60000, {{259, 8}})), ContainsSubstring("1.00 GiB is the limit"));
  CHECK_THAT(refused(page(8, 8, {{322, 0x40000000}, {323, 0x40000000}})), ContainsSubstring("1.00 GiB is the limit"));
  CHECK_THAT(refused(page(8, 8, {{259, 8}, {322, 20000}, {323, 20000}})),
             ContainsSubstring("its tiles hold 381 MiB each"));
  // An uncompressed plane is read in bands, so its size is no problem; that it is not in the file is one.
  writePage(folder / "page.tif", page(60000, 60000, {}), "some data");
  const std::unique_ptr<Source> source = openSource((folder / "page.tif").string());
  CHECK_THROWS_MATCHES(source->readChunk({.chunk = {0, 5, 0}}), Error,
                       MessageMatches(ContainsSubstring("beyond the end of the file")));
}

TEST_CASE("a later page whose tiles are absurd is refused where it is read, ahead of taking memory for it") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), R"(
import tifffile
volume = np.arange(2 * 19 * 23).reshape(2, 19, 23).astype('uint16')
tifffile.imwrite('tiles.tif', volume, tile=(16, 16), compression='zlib', metadata=None, photometric='minisblack')
with tifffile.TiffFile('tiles.tif') as file:
    tag = file.pages[1].tags['TileLength']
    place, wide = tag.valueoffset, tag.dtype == 4
with open('tiles.tif', 'r+b') as file:
    file.seek(place - (0 if wide else 6))
    # As a LONG: 2^30 rows.
    file.write(b'' if wide else (4).to_bytes(2, 'little') + (1).to_bytes(4, 'little'))
    file.write((1 << 30).to_bytes(4, 'little'))
)");
  const std::unique_ptr<Source> source = openSource((folder / "tiles.tif").string());
  CHECK_NOTHROW(source->readChunk({}));
  CHECK_THROWS_MATCHES(
      source->readChunk({.chunk = {0, 0, 1}}), Error,
      MessageMatches(ContainsSubstring("tiles.tif: the page at") &&
                     ContainsSubstring("its strips or tiles hold 32.0 GiB each, 1.00 GiB is the limit")));
}

TEST_CASE("a strip that unpacks to more than it may gives no more than its rows") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), R"(
import zlib
open('bomb', 'wb').write(zlib.compress(b'\x07' * (256 << 20), 9))
)");
  const std::string bomb = test::readAll(folder / "bomb");
  REQUIRE(bomb.size() < kMiB);
  writePage(folder / "bomb.tif",
            {{256, 64},
             {257, 64},
             {258, 8},
             {259, 8},
             {273, 4096},
             {278, 64},
             {279, static_cast<std::uint32_t>(bomb.size())}},
            bomb);
  const std::unique_ptr<Source> source = openSource((folder / "bomb.tif").string());
  std::vector<std::byte> voxels(64 * 64);
  DecodeScratch scratch;
  source->decodeChunk({}, source->readChunk({}), voxels, scratch);
  // libtiff gives up within a repetition of up to 258 bytes that leads beyond the end.
  CHECK(std::all_of(voxels.begin(), voxels.end() - 258, [](std::byte voxel) { return voxel == std::byte{7}; }));
  // The row of channels that libtiff needs is not taken from other memory either.
  std::vector<std::byte> tooSmall(10);
  CHECK_THROWS_AS(source->decodeChunk({}, source->readChunk({}), tooSmall, scratch), Error);
}

TEST_CASE("damaged segments fail with libtiff's words, and nothing is printed") {
  const test::TemporaryFolder folder;
  writePage(folder / "lzw.tif", {{256, 64}, {257, 64}, {258, 8}, {259, 5}, {273, 4096}, {278, 64}, {279, 400}},
            std::string(400, '\x55'));
  const std::unique_ptr<Source> source = openSource((folder / "lzw.tif").string());
  std::vector<std::byte> voxels(64 * 64);
  DecodeScratch scratch;
  CHECK_THROWS_MATCHES(
      source->decodeChunk({}, source->readChunk({}), voxels, scratch), Error,
      MessageMatches(ContainsSubstring("lzw.tif: strip or tile 0") && ContainsSubstring("libtiff says: ")));
}

TEST_CASE("an OME-XML that counts without end, is nested without end or names planes over and over is refused") {
  const test::TemporaryFolder folder;
  const auto refused = [&](const std::string& xml) {
    test::writeText(folder / "xml", xml);
    test::runPython(folder.path(),
                    "import tifffile\ntifffile.imwrite('bad.ome.tif', np.zeros((8, 9), 'uint8'), "
                    "description=open('xml').read(), metadata=None)\n");
    return sentenceOf(folder / "bad.ome.tif");
  };
  const auto pixels = [](const std::string& sizes, const std::string& inside) {
    return "<OME><Image><Pixels DimensionOrder=\"XYZCT\" Type=\"uint8\" SizeX=\"9\" SizeY=\"8\" " + sizes + ">" +
           inside + "</Pixels></Image></OME>";
  };
  CHECK_THAT(refused(pixels("SizeZ=\"2000000000\" SizeC=\"1\" SizeT=\"1\"", "")), ContainsSubstring("absurd"));
  CHECK_THAT(refused(pixels("SizeZ=\"1\" SizeC=\"1000000000\" SizeT=\"1\"", "")), ContainsSubstring("absurd"));
  CHECK_THAT(refused(pixels("SizeZ=\"9e18\" SizeC=\"1\" SizeT=\"9e18\"", "")), !ContainsSubstring("crash"));
  CHECK_THAT(refused(pixels("SizeZ=\"0\" SizeC=\"1\" SizeT=\"1\"", "")), ContainsSubstring("absurd"));
  CHECK_THAT(refused("<OME></OME>"), ContainsSubstring("has no image"));
  CHECK_THAT(refused("<OME><Image>"), ContainsSubstring("OME-XML can't be read"));
  std::string nested = "<OME>";
  for (int i = 0; i < 100000; ++i) nested += "<a>";
  CHECK_THAT(refused(nested), ContainsSubstring("nested"));
  std::string again;
  for (int i = 0; i < 1000; ++i) again += "<TiffData/>";
  CHECK_THAT(refused(pixels("SizeZ=\"1000000\" SizeC=\"1\" SizeT=\"1\"", again)),
             ContainsSubstring("bad.ome.tif: ") && ContainsSubstring("over and over"));
}

TEST_CASE("files that made other readers crash are read or refused") {
  const std::filesystem::path data = test::testData();
  std::size_t files = 0;
  for (const char* name : {"afl-vuln-samples", "image-tiff-fuzz"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data / "bad" / name)) {
      if (!entry.is_regular_file() || entry.path().extension() == ".xml") continue;
      INFO(entry.path().string());
      readSome(entry.path());
      ++files;
    }
  CHECK(files > 15);
}
