// How things are told apart, and the words for it, when people pick something that is not a volume.
#include "formats/open.h"
#include "base/error.h"
#include "support/files/read_level.h"
#include "support/files/test_files.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <filesystem>
#include <map>
#include <set>
#include <string>

using namespace volary;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

namespace {

auto says(const std::string& text) { return MessageMatches(ContainsSubstring(text)); }

}  // namespace

TEST_CASE("what holds no volume is told apart") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), R"(
with h5py.File('other.h5', 'w') as f: f['table'] = np.zeros((2, 2))
with h5py.File('imaris.ims', 'w') as f: f.create_group('DataSet'); f.create_group('DataSetInfo')
with h5py.File('block.h5', 'w', userblock_size=2048) as f: f['t00000/s00/0/cells'] = np.zeros((2, 2, 2), 'u1')
)");
  using namespace std::string_literals;
  test::writeText(folder / "empty.xml", "");
  test::writeText(folder / "blank.xml", "   \n\n");
  test::writeText(folder / "note.txt", "hello");
  test::writeText(folder / "picture.dat", "\x89PNG\r\n");
  test::writeText(folder / "image.tif", "II*\0 ...."s);
  test::writeText(folder / "archive.zip", "PK\x03\x04...");
  test::writeText(folder / "page.xml", "<?xml version=\"1.0\"?><html/>");
  std::filesystem::create_directory(folder / "zarr");
  test::writeText(folder / "zarr/.zgroup", "{}");
  std::filesystem::create_directory(folder / "notes");
  test::writeText(folder / "notes/note.txt", "hello");
  std::filesystem::create_directories(folder / "project/images.n5");
  test::writeText(folder / "project/b.xml", "");
  test::writeText(folder / "project/note.txt", "hello");
  std::filesystem::create_directory(folder / "n5");
  test::writeText(folder / "n5/attributes.json", "{}");
  const std::map<std::string, std::string> expected = {
      {"nothing.xml", "No such file or directory"},
      {"empty.xml", "this file is empty"},
      {"blank.xml", "neither a BigDataViewer XML nor an HDF5 file"},
      {"note.txt", "this is neither a BigDataViewer XML nor an HDF5 file nor a TIFF file nor a zip archive"},
      {"picture.dat", "this is a PNG picture, neither a BigDataViewer XML nor an HDF5 file"},
      {"image.tif", "a directory is said to stand at"},
      {"archive.zip", "this zip archive is cut off"},
      {"page.xml", "its root is <html>"},
      {"zarr", "this is an empty Zarr group"},
      {"n5", "this is an empty N5 group"},
      {"notes", "this is a folder without images"},
      {"project", "open one of those in it: b.xml, images.n5"},
      {"other.h5", "this HDF5 file holds no volume"},
      {"imaris.ims", "this Imaris file has no resolution level"},
  };
  for (const auto& [name, sentence] : expected) {
    INFO(name);
    CHECK_THROWS_MATCHES(openSource((folder / name).string()), Error,
                         says((folder / name).string() + ": ") && says(sentence));
  }
  // Everything in a Zarr folder is a part of it, even an XML.
  test::writeText(folder / "zarr/METADATA.ome.xml", "<OME/>");
  CHECK_THROWS_MATCHES(openSource((folder / "zarr/METADATA.ome.xml").string()), Error,
                       says("this is an empty Zarr group"));
  CHECK_THROWS_MATCHES(openSource("/dev/null"), Error, says("/dev/null: this is not a regular file"));
  CHECK_THROWS_MATCHES(openSource(""), Error, says("No such file"));
  const auto block = openSource((folder / "block.h5").string());
  CHECK_NOTHROW(test::readLevel(*block, {}, 0));
}

TEST_CASE("people are told of each format once, in one list") {
  const std::string formats = describeFormats();
  for (const std::string name : {"BigDataViewer", "OME-Zarr image", "N5", "Imaris", "TIFF (", "HDF5", ".zip"}) {
    INFO(name);
    const std::size_t first = formats.find(name);
    REQUIRE(first != formats.npos);
    CHECK(formats.find(name, first + 1) == formats.npos);
  }
  CHECK(formats.find(", ,") == formats.npos);
}

TEST_CASE("a source names the files that it depends on, whichever of them was opened") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), R"(
import os
os.makedirs('set'); os.makedirs('array.zarr')
for name in ('a.h5', 'set/a-00-00.h5'):
    with h5py.File(name, 'w') as f: f['t00000/s00/0/cells'] = np.zeros((2, 2, 2), 'u1')
with h5py.File('volume.h5', 'w') as f: f['volume'] = np.zeros((2, 2, 2), 'u1')
)");
  const std::string head =
      "<SpimData><BasePath type='relative'>.</BasePath><SequenceDescription><ImageLoader format='bdv.hdf5'>"
      "<hdf5 type='relative'>a.h5</hdf5><partition><path type='relative'>set/a-00-00.h5</path><timepoints>0</timepoints>"
      "<setups>0</setups></partition></ImageLoader><ViewSetups><ViewSetup><id>0</id></ViewSetup></ViewSetups>"
      "<Timepoints type='range'><first>0</first><last>0</last></Timepoints></SequenceDescription></SpimData>";
  test::writeText(folder / "a.xml", head);
  test::writeText(folder / "array.zarr/.zarray",
                  R"({"zarr_format": 2, "shape": [2, 2, 2], "chunks": [2, 2, 2], "dtype": "|u1", "compressor": null,
                      "fill_value": 0, "order": "C", "filters": null})");
  const auto filesOf = [&](const std::string& name) {
    std::set<std::string> names;
    for (const Location& file : openSource((folder / name).string())->files())
      names.insert(std::filesystem::relative(file.text(), folder.path()).string());
    return names;
  };
  using Names = std::set<std::string>;
  CHECK(filesOf("a.xml") == Names{"a.xml", "a.h5", "set/a-00-00.h5"});
  CHECK(filesOf("a.h5") == Names{"a.xml", "a.h5", "set/a-00-00.h5"});
  test::writeText(folder / "a-00-00.h5", "");
  std::filesystem::remove(folder / "a.xml");
  CHECK(filesOf("a.h5") == Names{"a.h5", "a-00-00.h5"});
  CHECK(filesOf("volume.h5") == Names{"volume.h5"});
  CHECK(filesOf("array.zarr") == Names{"array.zarr"});
  CHECK(filesOf("array.zarr/.zarray") == Names{"array.zarr"});
  CHECK(openSource("synthetic:sphere?size=8x8x8")->files().empty());
}
