#include "storage/file_states.h"
#include "support/files/test_files.h"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <vector>

using namespace volary;
using namespace volary::test;

namespace {

std::optional<std::string> describe(const std::filesystem::path& path) {
  const std::vector<Location> locations = {Location(path)};
  return describeStates(locations);
}

}  // namespace

TEST_CASE("one state of a file is told from another, whatever path leads to it") {
  const TemporaryFolder folder;
  writeText(folder / "a", "0123");
  std::filesystem::create_directory(folder / "inner");
  std::filesystem::create_symlink(folder / "a", folder / "link");
  const auto first = describe(folder / "a");
  REQUIRE(first);
  CHECK(describe(folder / "a") == first);
  CHECK(describe(folder / "inner" / ".." / "a") == first);
  CHECK(describe(folder / "link") == first);

  const auto changed = std::filesystem::last_write_time(folder / "a");
  std::filesystem::last_write_time(folder / "a", changed + std::chrono::seconds(1));
  CHECK(describe(folder / "a") != first);
  std::filesystem::last_write_time(folder / "a", changed);
  CHECK(describe(folder / "a") == first);
  writeText(folder / "a", "01234");
  std::filesystem::last_write_time(folder / "a", changed);
  CHECK(describe(folder / "a") != first);
}

TEST_CASE("a folder's state has what lies in it, and the times of the folders below") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "image.zarr" / "0" / "0" / "0");
  writeText(folder / "image.zarr" / ".zattrs", "{}");
  const auto first = describe(folder / "image.zarr");
  REQUIRE(first);
  CHECK(describe(folder / "image.zarr") == first);

  writeText(folder / "image.zarr" / ".zattrs", "{ }");
  const auto second = describe(folder / "image.zarr");
  CHECK(second != first);

  const auto deep = folder / "image.zarr" / "0" / "0" / "0";
  std::filesystem::last_write_time(deep, std::filesystem::last_write_time(deep) + std::chrono::seconds(1));
  CHECK(describe(folder / "image.zarr") != second);
}

TEST_CASE("a missing file has a place in the state; without any file there is none") {
  const TemporaryFolder folder;
  writeText(folder / "a", "0123");
  const std::vector<Location> both = {Location(folder / "a"), Location(folder / "b")};
  const auto first = describeStates(both);
  REQUIRE(first);
  writeText(folder / "b", "");
  CHECK(describeStates(both) != first);
  CHECK(describe(folder / "none") == std::nullopt);
  CHECK(describeStates({}) == std::nullopt);
}

TEST_CASE("the size of files is their sum, and of a folder nothing is said") {
  const TemporaryFolder folder;
  writeText(folder / "a", "0123");
  writeText(folder / "b", "012345");
  CHECK(totalBytes(std::vector<Location>{Location(folder / "a"), Location(folder / "b")}) == 10);
  CHECK(totalBytes(std::vector<Location>{Location(folder / "a"), Location(folder / "none")}) == std::nullopt);
  CHECK(totalBytes(std::vector<Location>{Location(folder.path())}) == std::nullopt);
  CHECK(totalBytes({}) == std::nullopt);
}
