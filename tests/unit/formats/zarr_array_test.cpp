// Every Zarr array of the test data, chunk by chunk, against GOLDEN.tsv (zarr-python and zarrita.js).
#include "base/error.h"
#include "formats/zarr/node.h"
#include "support/files/read_array.h"
#include "support/files/test_files.h"
#include "support/oracles/golden_arrays.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cstring>

using namespace volary;
using Catch::Matchers::ContainsSubstring;

namespace {

std::shared_ptr<const arrays::StoredArray> openFolder(const std::filesystem::path& folder) {
  const std::optional<zarr::Node> node = zarr::findNode(folder);
  if (!node) throw Error(folder.string() + ": no node");
  return zarr::openArray(*node).array;
}

template <typename T>
std::vector<T> valuesOf(const std::filesystem::path& folder) {
  const std::vector<std::byte> bytes = test::readArray(*openFolder(folder));
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

}  // namespace

TEST_CASE("every Zarr array of the test data has the voxels that two other readers find") {
  const std::filesystem::path data = test::testData();
  const auto golden = test::readGoldenArrays(data, {"ome-zarr/", "zarr-conformance/"});
  REQUIRE(golden.size() >= 180);
  test::checkGoldenArrays(data, golden, openFolder);
}

TEST_CASE("booleans, halves and checksums that the golden list lacks are read") {
  const std::filesystem::path data = test::testData() / "zarr-conformance";
  const std::filesystem::path zarrita = data / "zarrita-fixtures";
  CHECK(valuesOf<std::uint8_t>(zarrita / "v2/data.zarr/1d.contiguous.b1") == std::vector<std::uint8_t>{1, 0, 1, 0});
  CHECK(valuesOf<std::uint8_t>(zarrita / "v3/data.zarr/1d.contiguous.b1") == std::vector<std::uint8_t>{1, 0, 1, 0});
  CHECK(valuesOf<std::uint8_t>(zarrita / "v3/data.zarr/1d.contiguous.compressed.sharded.b1") ==
        std::vector<std::uint8_t>{1, 0, 1, 0});
  CHECK(valuesOf<float>(zarrita / "v3/data.zarr/1d.contiguous.f2.le") == std::vector<float>{-1000.5f, 0, 1000.5f, 0});
  CHECK(valuesOf<std::int16_t>(zarrita / "v2/data.zarr/1d.contiguous.zstd.i2") ==
        std::vector<std::int16_t>{1, 2, 3, 4});
  const std::vector<float> plain = valuesOf<float>(data / "zarrs/v3_zarr_python/array_none.zarr");
  for (const char* name : {"array_adler32.zarr", "array_fletcher32.zarr", "array_bz2.zarr"})
    CHECK(valuesOf<float>(data / "zarrs/v3_zarr_python" / name) == plain);
}

TEST_CASE("arrays of texts and objects are refused in one sentence") {
  const std::filesystem::path data = test::testData() / "zarr-conformance/zarrita-fixtures";
  for (const char* name : {"v2/data.zarr/1d.contiguous.U13.be", "v2/data.zarr/1d.contiguous.S7",
                           "v2/data.zarr/3d.chunked.O", "v3/data.zarr/1d.chunked.string.vlen"}) {
    INFO(name);
    CHECK_THROWS_WITH(openFolder(data / name), ContainsSubstring(name) && ContainsSubstring("can't be shown"));
  }
}
