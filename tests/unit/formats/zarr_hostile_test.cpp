// Damaged and hostile Zarr folders: an Error that names the place, never a crash.
#include "base/error.h"
#include "formats/zarr/zarr_source.h"
#include "support/files/read_level.h"
#include "support/files/test_files.h"
#include "support/files/zarr_files.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <string>

#include <sys/stat.h>

using namespace volary;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kSize = 4;

test::ZarrFile smallArray(int version, json extra = json::object()) {
  return {
      .shape = {kSize, kSize, kSize}, .chunks = {kSize, kSize, kSize}, .version = version, .extra = std::move(extra)};
}

void writeImage(const fs::path& folder, int version) {
  test::writeZarrGroup(folder, test::makeMultiscale({"z", "y", "x"}, {{1, 1, 1}}), version);
  test::writeZarrArray(folder / "0", smallArray(version));
}

/// Opens and reads all; the error must name the folder.
void expectError(const fs::path& folder, const std::string& words = "") {
  CHECK_THROWS_WITH(test::readLevel(*openZarr(folder), {}, 0),
                    ContainsSubstring(folder.string()) && ContainsSubstring(words));
}

const json kBytes = {{"name", "bytes"}, {"configuration", {{"endian", "little"}}}};

const json kPlain = json::array({kBytes});

json shardingOf(const json& chunkShape, const json& codecs, const json& indexCodecs) {
  return {
      {"codecs", json::array({{{"name", "sharding_indexed"},
                               {"configuration",
                                {{"chunk_shape", chunkShape}, {"codecs", codecs}, {"index_codecs", indexCodecs}}}}})}};
}

std::string littleEndian64(std::uint64_t value) {
  std::string text;
  for (int i = 0; i < 8; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

}  // namespace

TEST_CASE("metadata that are cut off anywhere are an error that names the file") {
  const test::TemporaryFolder folder;
  for (const int version : {2, 3}) {
    const fs::path image = folder / fmt::format("v{}", version);
    writeImage(image, version);
    const std::vector<fs::path> files = version == 2
                                            ? std::vector<fs::path>{image / ".zattrs", image / "0/.zarray"}
                                            : std::vector<fs::path>{image / "zarr.json", image / "0/zarr.json"};
    for (const fs::path& file : files) {
      const std::string whole = test::readAll(file);
      for (std::size_t length = 0; length < whole.size(); ++length) {
        test::writeText(file, whole.substr(0, length));
        CHECK_THROWS_WITH(openZarr(image), ContainsSubstring(file.string()));
      }
      test::writeText(file, whole);
    }
    CHECK(openZarr(image)->pyramid({}).levels.size() == 1);
  }
}

TEST_CASE("bombs of nesting and of numbers are refused") {
  const test::TemporaryFolder folder;
  writeImage(folder / "image", 2);
  const fs::path file = folder / "image/.zattrs";
  for (const std::string& text :
       {std::string(1'000'000, '['), "{\"multiscales\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}",
        std::string("{\"multiscales\": 1e999999}"), "{\"multiscales\": " + std::string(100'000, '9') + "}",
        std::string("{\"multiscales\": \"\xff\xfe\"}"), std::string("{\"a\": NaN"), std::string("\0\0\0\0", 4)}) {
    test::writeText(file, text);
    CHECK_THROWS_WITH(openZarr(folder / "image"), ContainsSubstring(file.string()));
  }
  // Python writes these, and they harm nobody.
  json attributes = test::makeMultiscale({"z", "y", "x"}, {{1, 1, 1}});
  std::string text = attributes.dump();
  text.insert(1, "\"mean\": NaN, \"max\": -Infinity, \"note\": \"NaN \\\" Infinity\", /* a comment */ ");
  test::writeText(file, text);
  CHECK(openZarr(folder / "image")->pyramid({}).levels.size() == 1);
}

TEST_CASE("array metadata that can't be meant are refused") {
  const test::TemporaryFolder folder;
  const auto refuses = [&](int version, const json& extra) {
    INFO(extra.dump());
    fs::remove_all(folder / "array");
    test::writeZarrArray(folder / "array", {.shape = {kSize}, .chunks = {kSize}, .version = version});
    const fs::path file = folder / "array" / (version == 2 ? ".zarray" : "zarr.json");
    json metadata = json::parse(test::readAll(file));
    metadata.update(extra);
    test::writeJson(file, metadata);
    CHECK_THROWS_WITH(openZarr(folder / "array"), ContainsSubstring((folder / "array").string()));
  };
  const json absurd[] = {json(4),      json("4"),         json::array(), json({0}),
                         json({-4}),   json({1.5}),       json({1e300}), json({nullptr}),
                         json({4, 4}), json({1LL << 50}), json(nullptr), json::object()};
  for (const json& value : absurd) {
    refuses(2, {{"shape", value}});
    refuses(2, {{"chunks", value}});
    refuses(3, {{"shape", value}});
    refuses(3, {{"chunk_grid", {{"name", "regular"}, {"configuration", {{"chunk_shape", value}}}}}});
  }
  refuses(2, {{"shape", json::array_t(40, json(1))}, {"chunks", json::array_t(40, json(1))}});
  for (const json& value :
       {json("<u3"), json("<c16"), json("|S7"), json("|O"), json(""), json(7), json(nullptr), json({{"a", "<u2"}})})
    refuses(2, {{"dtype", value}});
  refuses(2, {{"zarr_format", 1}});
  refuses(2, {{"order", "Z"}});
  refuses(2, {{"dimension_separator", "//"}});
  refuses(2, {{"fill_value", "many"}});
  refuses(2, {{"fill_value", 1e300}});
  refuses(2, {{"filters", {{{"id", "vlen-utf8"}}}}});
  refuses(2, {{"filters", {{{"id", "shuffle"}, {"elementsize", -1}}}}});
  refuses(2, {{"filters", {{{"id", "fixedscaleoffset"}, {"scale", 0}, {"offset", 0}}}}});
  refuses(2, {{"compressor", {{"id", "zfpy"}}}});
  refuses(2, {{"compressor", {{"id", "lzma"}, {"format", 3}}}});
  refuses(2, {{"compressor", "blosc"}});
  refuses(3, {{"data_type", "r16"}});
  refuses(3, {{"data_type", "complex64"}});
  refuses(3, {{"chunk_grid", {{"name", "rectilinear"}}}});
  refuses(3, {{"chunk_key_encoding", {{"name", "fanout"}}}});
  refuses(3, {{"chunk_key_encoding", {{"name", "default"}, {"configuration", {{"separator", "../"}}}}}});
  refuses(3, {{"storage_transformers", {{{"name", "other"}}}}});
  refuses(3, {{"codecs", json::array()}});
  refuses(3, {{"codecs", {kBytes, kBytes}}});
  refuses(3, {{"codecs", {kBytes, {{"name", "packbits"}}}}});
  refuses(3, {{"codecs", {{{"name", "transpose"}, {"configuration", {{"order", {1}}}}}, kBytes}}});
  refuses(3, {{"codecs", {kBytes, {{"name", "transpose"}, {"configuration", {{"order", {0}}}}}}}});
  refuses(3, {{"codecs", json::array_t(1000, kBytes)}});
  refuses(3, shardingOf({3}, kPlain, kPlain));
  refuses(3, shardingOf({0}, kPlain, kPlain));
  refuses(3, shardingOf({2, 2}, kPlain, kPlain));
  refuses(3, shardingOf({2}, json::array(), kPlain));
  refuses(3, shardingOf({2}, kPlain, {kBytes, {{"name", "zstd"}}}));
  refuses(3, shardingOf({2}, shardingOf({3}, kPlain, kPlain)["codecs"], kPlain));
  refuses(3, shardingOf({2}, kPlain, shardingOf({2}, kPlain, kPlain)["codecs"]));
  json deep = kPlain;
  for (int depth = 0; depth < 5; ++depth) deep = shardingOf({2}, deep, kPlain)["codecs"];
  refuses(3, {{"codecs", deep}});
}

TEST_CASE("paths that lead out of the folder are refused") {
  const test::TemporaryFolder folder;
  test::writeZarrArray(folder / "secret", smallArray(2));
  for (const std::string& path : {std::string("../secret"), (folder / "secret").string(), std::string("a/../../secret"),
                                  std::string("0/../../secret")}) {
    INFO(path);
    json image = test::makeMultiscale({"z", "y", "x"}, {{1, 1, 1}});
    image["multiscales"][0]["datasets"][0]["path"] = path;
    test::writeZarrGroup(folder / "image", image);
    CHECK_THROWS_WITH(openZarr(folder / "image"), ContainsSubstring("leads out of the folder"));
    test::writeZarrGroup(folder / "plate", {{"plate", {{"wells", {{{"path", path}}}}}}});
    CHECK_THROWS_WITH(openZarr(folder / "plate"), ContainsSubstring("leads out of the folder"));
    test::writeZarrGroup(folder / "well", {{"well", {{"images", {{{"path", path}}}}}}});
    CHECK_THROWS_WITH(openZarr(folder / "well"), ContainsSubstring("leads out of the folder"));
    test::writeZarrGroup(folder / "series", {{"bioformats2raw.layout", 3}});
    test::writeZarrGroup(folder / "series/OME", {{"series", {path}}});
    CHECK_THROWS_WITH(openZarr(folder / "series"), ContainsSubstring("leads out of the folder"));
  }
}

TEST_CASE("chunks that are cut off, too long, bombs or no files are errors") {
  const test::TemporaryFolder folder;
  const fs::path array = folder / "array";
  const fs::path chunk = array / "0/0/0";
  test::writeZarrArray(array, smallArray(2));
  const std::string whole = test::readAll(chunk);
  for (const std::size_t length : {std::size_t{0}, std::size_t{1}, whole.size() - 1}) {
    test::writeText(chunk, whole.substr(0, length));
    expectError(array);
  }
  test::writeText(chunk, whole + "x");
  expectError(array);
  test::writeText(chunk, std::string(10'000'000, 'x'));
  expectError(array);
  fs::remove(chunk);
  fs::create_directory(chunk);
  expectError(array, "not a regular file");
  fs::remove(chunk);
  REQUIRE(mkfifo(chunk.c_str(), 0600) == 0);
  expectError(array, "not a regular file");
  fs::remove(chunk);

  // A Blosc header that claims two gigabytes.
  test::writeZarrArray(array, smallArray(2, {{"compressor", {{"id", "blosc"}}}}));
  test::writeText(chunk,
                  std::string("\x02\x01\x21\x02\xff\xff\xff\x7f\xff\xff\xff\x7f\x40\0\0\0", 16) + std::string(48, 'x'));
  expectError(array, "blosc");
}

TEST_CASE("shards whose index is cut off or points elsewhere are errors") {
  const test::TemporaryFolder folder;
  const fs::path array = folder / "array";
  test::writeZarrArray(array, {.shape = {4}, .chunks = {4}, .version = 3, .extra = shardingOf({2}, kPlain, kPlain)});
  const fs::path shard = array / "c/0";
  const std::uint64_t none = ~std::uint64_t{0};
  const auto write = [&](std::uint64_t at0, std::uint64_t bytes0, std::uint64_t at1, std::uint64_t bytes1) {
    test::writeText(shard, "abcdefgh" + littleEndian64(at0) + littleEndian64(bytes0) + littleEndian64(at1) +
                               littleEndian64(bytes1));
  };
  const auto read = [&] {
    const std::vector<std::byte> voxels = test::readLevel(*openZarr(array), {}, 0);
    return std::string(reinterpret_cast<const char*>(voxels.data()), voxels.size());
  };
  write(0, 4, 4, 4);
  CHECK(read() == "abcdefgh");
  write(4, 4, none, none);
  CHECK(read() == std::string("efgh\0\0\0\0", 8));
  for (const auto& [at, bytes] : {std::pair<std::uint64_t, std::uint64_t>{0, 3},
                                  {0, 0},
                                  {0, 5},
                                  {39, 4},
                                  {1000, 4},
                                  {none, 4},
                                  {0, none},
                                  {none - 3, 4},
                                  {4, 1u << 30}}) {
    write(at, bytes, 4, 4);
    INFO(at << " " << bytes);
    expectError(array);
  }
  const std::string whole = test::readAll(shard);
  for (const std::size_t length : {0, 1, 8, 31}) {
    test::writeText(shard, whole.substr(0, length));
    expectError(array, "the index alone takes");
  }
}

TEST_CASE("shards inside of shards are read, and refused when they leave the outer one") {
  const test::TemporaryFolder folder;
  const fs::path array = folder / "array";
  test::writeZarrArray(array, {.shape = {4},
                               .chunks = {4},
                               .version = 3,
                               .extra = shardingOf({2}, shardingOf({1}, kPlain, kPlain)["codecs"], kPlain)});
  const std::uint64_t none = ~std::uint64_t{0};
  // An inner shard of two voxels and its index.
  const auto inner = [&](const std::string& voxels, std::uint64_t at1, std::uint64_t bytes1) {
    return voxels + littleEndian64(0) + littleEndian64(2) + littleEndian64(at1) + littleEndian64(bytes1);
  };
  const auto write = [&](const std::string& first, const std::string& second, std::uint64_t bytes0) {
    test::writeText(array / "c/0", first + second + littleEndian64(0) + littleEndian64(bytes0) +
                                       littleEndian64(first.size()) + littleEndian64(second.size()));
  };
  const auto read = [&] {
    const std::vector<std::byte> voxels = test::readLevel(*openZarr(array), {}, 0);
    return std::string(reinterpret_cast<const char*>(voxels.data()), voxels.size());
  };
  write(inner("abcd", 2, 2), inner("ef", none, none), 36);
  CHECK(read() == std::string("abcdef\0\0", 8));
  CHECK(openZarr(array)->pyramid({}).levels[0].codec == "sharding+sharding+raw");
  // Within the file, but not within its own shard; a shard that is shorter than its index, or lies outside.
  write(inner("abcd", 36, 2), inner("efgh", 2, 2), 36);
  expectError(array, "outside of the shard");
  write(inner("abcd", 2, 2), inner("efgh", 2, 2), 31);
  expectError(array, "the index alone takes");
  write(inner("abcd", 2, 2), inner("efgh", 2, 2), 1000);
  expectError(array, "outside of the shard");
}

TEST_CASE("numbers of channels, times, wells and levels that are absurd are refused") {
  const test::TemporaryFolder folder;
  const std::int64_t many = std::int64_t{1} << 30;
  for (const char* axis : {"c", "t"}) {
    test::writeZarrGroup(folder / "image", test::makeMultiscale({axis, "y", "x"}, {{1, 1, 1}}));
    test::writeZarrArray(folder / "image/0", {.shape = {2, 4, 4}, .chunks = {1, 4, 4}});
    json metadata = json::parse(test::readAll(folder / "image/0/.zarray"));
    metadata["shape"][0] = many;
    test::writeJson(folder / "image/0/.zarray", metadata);
    CHECK_THROWS_WITH(openZarr(folder / "image"), ContainsSubstring("absurdly many"));
  }
  json image = test::makeMultiscale({"y", "x"}, std::vector<std::vector<double>>(100, {1, 1}));
  test::writeZarrGroup(folder / "levels", image);
  CHECK_THROWS_WITH(openZarr(folder / "levels"), ContainsSubstring("100 levels are absurd"));
  test::writeZarrGroup(folder / "plate", {{"plate", {{"wells", json::array_t(200'000, json({{"path", "A/1"}}))}}}});
  CHECK_THROWS_WITH(openZarr(folder / "plate"), ContainsSubstring("absurd"));
}
