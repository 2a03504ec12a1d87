// N5 datasets and images: the test data's, and small ones of each dialect.
#include "base/error.h"
#include "formats/n5/n5_array.h"
#include "formats/n5/n5_source.h"
#include "support/files/read_array.h"
#include "support/files/read_level.h"
#include "support/files/test_files.h"
#include "support/files/zarr_files.h"
#include "support/oracles/golden_arrays.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>

using namespace volary;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

std::shared_ptr<const arrays::StoredArray> openFolder(const fs::path& folder) {
  return n5::openDataset(folder, n5::findAttributes(folder).value());
}

json makeDataset(const json& dimensions, const json& blockSize, const json& compression) {
  return {{"dimensions", dimensions}, {"blockSize", blockSize}, {"dataType", "uint8"}, {"compression", compression}};
}

std::string textOf(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Reads a dataset of one block of three bytes, which is written here.
std::string readBlock(const fs::path& folder, const json& compression, const std::string& block) {
  test::writeJson(folder / "attributes.json", makeDataset({3}, {3}, compression));
  test::writeText(folder / "0", block);
  return textOf(test::readArray(*openFolder(folder)));
}

std::string bytes(std::string_view text) { return std::string(text); }

const std::string kHeader("\0\0\0\1\0\0\0\3", 8);
/// "abc" as a frame of zstd.
const std::string kZstd("\x28\xb5\x2f\xfd\x00\x58\x19\x00\x00\x61\x62\x63", 12);

}  // namespace

TEST_CASE("every N5 dataset of the test data has the voxels that zarr-python finds") {
  const fs::path data = test::testData();
  const auto golden = test::readGoldenArrays(data, {"n5/", "bdv-n5/"});
  REQUIRE(golden.size() == 9);
  test::checkGoldenArrays(data, golden, openFolder);
  // Before version 2 the compression had another name.
  CHECK((test::readArray(*openFolder(data / "n5/backward/data-1.5.0.n5/raw")) ==
         test::readArray(*openFolder(data / "n5/backward/data-2.5.1.n5/raw"))));
}

TEST_CASE("blocks of every mode and size are read, and missing ones are zero") {
  const test::TemporaryFolder folder;
  CHECK(readBlock(folder / "raw", {{"type", "raw"}}, kHeader + "abc") == "abc");
  CHECK(readBlock(folder / "counted", {{"type", "raw"}}, std::string("\0\1\0\1\0\0\0\3\0\0\0\3", 12) + "abc") == "abc");
  CHECK(readBlock(folder / "short", {{"type", "raw"}}, std::string("\0\0\0\1\0\0\0\2", 8) + "ab") ==
        std::string("ab\0", 3));
  CHECK(readBlock(folder / "zstd", {{"type", "zstd"}}, kHeader + kZstd) == "abc");
  CHECK(readBlock(folder / "lz4", {{"type", "lz4"}},
                  kHeader + std::string("LZ4Block\x26\4\0\0\0\3\0\0\0\x22\xb2\x4c\x0d\x30"
                                        "abc",
                                        25)) == "abc");
  fs::remove(folder / "raw/0");
  CHECK(textOf(test::readArray(*openFolder(folder / "raw"))) == std::string(3, '\0'));
  // The first axis is x, and its index the first folder.
  test::writeJson(folder / "plane/attributes.json", makeDataset({3, 2}, {3, 1}, {{"type", "raw"}}));
  const std::string header("\0\0\0\2\0\0\0\3\0\0\0\1", 12);
  fs::create_directories(folder / "plane/0");
  test::writeText(folder / "plane/0/0", header + "abc");
  test::writeText(folder / "plane/0/1", header + "def");
  CHECK(textOf(test::readLevel(*openN5(folder / "plane"), {}, 0)) == "abcdef");
}

TEST_CASE("a block that is damaged is an error that names its dataset") {
  const test::TemporaryFolder folder;
  const json raw = {{"type", "raw"}};
  for (const std::string& block :
       {bytes(""), kHeader.substr(0, 3), kHeader.substr(0, 7), kHeader, kHeader + "ab", kHeader + "abcd",
        std::string("\0\2\0\1\0\0\0\3", 8) + "abc", std::string("\0\0\0\2\0\0\0\3\0\0\0\1", 12) + "abc",
        std::string("\0\0\0\1\0\0\0\4", 8) + "abcd", std::string("\0\0\0\1\0\0\0\0", 8),
        std::string("\0\0\0\1\xff\xff\xff\xff", 8), std::string("\0\1\0\1\0\0\0\3\0\0\0\4", 12) + "abcd"}) {
    CHECK_THROWS_AS(readBlock(folder / "raw", raw, block), Error);
    const std::unique_ptr<Source> source = openN5(folder / "raw");
    CHECK_THROWS_WITH(test::readLevel(*source, {}, 0), ContainsSubstring((folder / "raw").string()));
  }
  const json zstd = {{"type", "zstd"}};
  for (std::size_t length = 0; length < kZstd.size(); ++length)
    CHECK_THROWS_AS(readBlock(folder / "zstd", zstd, kHeader + kZstd.substr(0, length)), Error);
}

TEST_CASE("the dialects of N5 metadata give size, place and factors") {
  const fs::path data = test::testData() / "n5/metadata-dialects";
  const std::unique_ptr<Source> cosem = openN5(data / "cosem_ms");
  const Setup& setup = cosem->dataset().setups.at(0);
  CHECK(setup.voxelSize == dvec3(32));
  CHECK(setup.unit == "nm");
  CHECK(transformPoint(setup.worldFromVoxel[0], dvec3(0)) == dvec3(21));
  REQUIRE(cosem->pyramid({}).levels.size() == 3);
  CHECK(cosem->pyramid({}).levels[0].sizeVoxels == i64vec3(512, 512, 260));
  CHECK(cosem->pyramid({}).levels[2].factor == dvec3(4));

  // Names of axes win over their order, as "F" does where there are none.
  CHECK(openN5(data / "cosem_F")->dataset().setups[0].voxelSize == dvec3(32, 64, 128));
  CHECK(openN5(data / "n5v_pr")->dataset().setups[0].voxelSize == dvec3(1.5));
  CHECK(openN5(data / "n5v_pr")->dataset().setups[0].unit == "mm");
  CHECK(openN5(data / "n5v_pra")->dataset().setups[0].voxelSize == dvec3(1.5));
  CHECK(openN5(data / "others/resOff")->dataset().setups[0].voxelSize == dvec3(1.5));
  CHECK(transformPoint(openN5(data / "others/resOff")->dataset().setups[0].worldFromVoxel[0], dvec3(0)) == dvec3(12.3));
  const std::unique_ptr<Source> scales = openN5(data / "c0");
  CHECK(scales->pyramid({}).levels.at(1).factor == dvec3(2));
  CHECK(scales->dataset().setups[0].voxelSize == dvec3(7, 11, 13));
  // The container of n5-viewer has its channels as "c0", "c1" ...; a level belongs to its image.
  CHECK(openN5(data)->pyramid({}).levels.size() == 2);
  CHECK(openN5(data / "cosem_ms/s1")->pyramid({}).levels.size() == 3);
  CHECK(openN5(data / "cosem_ms/s1/attributes.json")->pyramid({}).levels.size() == 3);
}

TEST_CASE("scales that the image lists are the factors of its levels") {
  const test::TemporaryFolder folder;
  const fs::path image = folder / "image.n5";
  test::writeJson(image / "attributes.json", {{"scales", {{1, 1, 1}, {2, 3, 1}}},
                                              {"pixelResolution", {{"dimensions", {0.5, 0.5, 2}}, {"unit", "um"}}}});
  test::writeJson(image / "s0/attributes.json", makeDataset({64, 60, 10}, {16, 16, 16}, {{"type", "raw"}}));
  test::writeJson(image / "s1/attributes.json", makeDataset({32, 20, 10}, {16, 16, 16}, {{"type", "raw"}}));
  const std::unique_ptr<Source> source = openN5(image);
  CHECK(source->dataset().format == "N5");
  CHECK(source->dataset().setups.at(0).voxelSize == dvec3(0.5, 0.5, 2));
  CHECK(source->dataset().setups[0].unit == "µm");
  CHECK(source->pyramid({}).levels.at(1).factor == dvec3(2, 3, 1));
}

TEST_CASE("attributes that can't be meant are an error that names the folder") {
  const test::TemporaryFolder folder;
  const auto refuses = [&](const char* key, const json& value) {
    json attributes = makeDataset({3, 4, 5}, {3, 4, 5}, {{"type", "raw"}});
    attributes[key] = value;
    test::writeJson(folder / "set/attributes.json", attributes);
    INFO(attributes.dump());
    CHECK_THROWS_WITH(openN5(folder / "set"), ContainsSubstring((folder / "set").string()));
  };
  for (const char* key : {"dimensions", "blockSize"})
    for (const json& value : {json(3), json({3, 4}), json({3, 4, -5}), json({3, 4, 0}), json({3, 4, 1.5}),
                              json({1e300, 1, 1}), json({1 << 30, 1 << 30, 1 << 30}), json({"3", 4, 5}), json::array()})
      refuses(key, value);
  refuses("dataType", "string");
  refuses("compression", {{"type", "jpeg"}});
  test::writeText(folder / "set/attributes.json", "{\"dimensions\": [3,");
  CHECK_THROWS_WITH(openN5(folder / "set"), ContainsSubstring("attributes.json"));
}

TEST_CASE("a folder of datasets without a name for an image says which there are") {
  const fs::path data = test::testData();
  CHECK_THROWS_WITH(openN5(data / "n5/backward/data-2.5.1.n5"), ContainsSubstring("raw"));
}
