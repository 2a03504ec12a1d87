#include "storage/location.h"
#include "storage/local_store.h"
#include "support/files/test_files.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace volary;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

TEST_CASE("parts of a location are those of its key") {
  const Location file = fs::path("/data/run.1/stack.ome.tif");
  CHECK(file.text() == "/data/run.1/stack.ome.tif");
  CHECK(file.name() == "stack.ome.tif");
  CHECK(file.stem() == "stack.ome");
  CHECK(file.extension() == ".tif");
  CHECK(file.withExtension(".xml").text() == "/data/run.1/stack.ome.xml");
  CHECK(file.parent() == Location(fs::path("/data/run.1")));
  CHECK(file.parent().extension() == ".1");
  CHECK(Location(fs::path("/data/run.1/plain")).extension().empty());
  CHECK(Location(fs::path("/data/.hidden")).extension().empty());
  CHECK((file.parent() / "0" / ".zarray").text() == "/data/run.1/0/.zarray");
  CHECK(Location(fs::path("/data")).parent().text() == "/");
  CHECK_FALSE(Location(fs::path("/")).hasParent());
  CHECK(Location(fs::path("a.tif")).parent().key().empty());
  CHECK((Location(fs::path("a.tif")).parent() / "b.tif").text() == "b.tif");
}

TEST_CASE("what a file states stays inside of its folder, or may lead up, as the format has it") {
  const Location folder = fs::path("/data/image.zarr");
  CHECK(folder.inside("a/../b//./c").text() == "/data/image.zarr/b/c");
  CHECK(folder.inside(".").text() == "/data/image.zarr");
  for (const char* bad : {"..", "a/../../b", "/etc/passwd"}) {
    INFO(bad);
    CHECK(folder.findInside(bad) == std::nullopt);
    CHECK_THROWS_AS(folder.inside(bad), Error);
  }
  CHECK(folder.findInside(std::string_view("a\0b", 3)) == std::nullopt);
  CHECK(folder.findStated("../other.h5")->text() == "/data/other.h5");
  CHECK(folder.findStated("/elsewhere/x.h5")->text() == "/elsewhere/x.h5");
  CHECK(isPlainName("a.tif"));
  for (const char* bad : {"", ".", "..", "a/b", "a\\b"}) CHECK_FALSE(isPlainName(bad));
}

TEST_CASE("a location is at or below another one by whole names") {
  const Location folder = fs::path("/data/a");
  CHECK(folder.isAtOrBelow(folder));
  CHECK((folder / "b/c").isAtOrBelow(folder));
  CHECK_FALSE(Location(fs::path("/data/ab")).isAtOrBelow(folder));
  CHECK_FALSE(folder.isAtOrBelow(folder / "b"));
}

TEST_CASE("an error gets the location's name once, and a read error stays one") {
  const Location file = fs::path("/data/a");
  CHECK_THROWS_WITH(nameInErrors(file, [] { fail("cause"); }), "/data/a: cause");
  CHECK_THROWS_WITH(nameInErrors(file, [] { fail("/data/a: cause"); }), "/data/a: cause");
  CHECK_THROWS_AS(nameInErrors(file, [] { throw ReadError("cause"); }), ReadError);
  CHECK(nameInErrors(file, [] { return 5; }) == 5);
}

TEST_CASE("a local location becomes absolute without its dots") {
  const test::TemporaryFolder folder;
  const Location given((folder.path() / "a" / ".." / "b" / "").string());
  CHECK(given.absolute().text() == (folder.path() / "b").string());
}
