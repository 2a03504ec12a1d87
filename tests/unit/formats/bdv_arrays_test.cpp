// BigDataViewer datasets whose images are N5 or Zarr arrays.
#include "base/error.h"
#include "formats/n5/n5_array.h"
#include "formats/open.h"
#include "formats/zarr/node.h"
#include "support/files/read_array.h"
#include "support/files/read_level.h"
#include "support/files/test_files.h"
#include "support/files/zarr_files.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>

using namespace volary;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

bool hasWarning(const Source& source, const std::string& words) {
  return std::ranges::any_of(source.dataset().warnings,
                             [&](const std::string& warning) { return warning.find(words) != warning.npos; });
}

/// An XML of two setups at one time point with this <ImageLoader>; setup 1 is moved by 100 along x.
std::string makeXml(const std::string& loader) {
  std::string setups;
  std::string registrations;
  for (int id = 0; id < 2; ++id) {
    setups += fmt::format("<ViewSetup><id>{}</id></ViewSetup>", id);
    registrations += fmt::format(
        "<ViewRegistration timepoint=\"0\" setup=\"{}\"><ViewTransform type=\"affine\">"
        "<affine>2 0 0 {} 0 2 0 0 0 0 2 0</affine></ViewTransform></ViewRegistration>",
        id, 100 * id);
  }
  return fmt::format(
      "<SpimData version=\"0.2\"><BasePath type=\"relative\">.</BasePath><SequenceDescription>{}<ViewSetups>{}"
      "</ViewSetups><Timepoints type=\"pattern\"><integerpattern>0</integerpattern></Timepoints>"
      "</SequenceDescription><ViewRegistrations>{}</ViewRegistrations></SpimData>",
      loader, setups, registrations);
}

/// A Zarr image with these axes, one letter each, stored as a single chunk.
void writeImage(const fs::path& folder, const std::string& axes, const std::vector<std::int64_t>& shape) {
  std::vector<std::string> names;
  for (const char axis : axes) names.emplace_back(1, axis);
  const std::vector<double> fine(axes.size(), 1.0);
  test::writeZarrGroup(folder, test::makeMultiscale(names, {fine}));
  test::writeZarrArray(folder / "0", {.shape = shape, .chunks = shape});
}

std::uint16_t firstVoxel(Source& source, int setup) {
  std::uint16_t value = 0;
  std::memcpy(&value, test::readLevel(source, {setup, 0}, 0).data(), sizeof value);
  return value;
}

}  // namespace

TEST_CASE("bdv.n5 is read with the XML's registrations, whatever part of it is picked") {
  const fs::path folder = test::testData() / "bdv-n5/mobie-skimage-segmentation";
  const fs::path container = folder / "segmentation.n5";
  const std::unique_ptr<Source> source = openSource((folder / "segmentation.xml").string());
  CHECK(source->dataset().format == "bdv.n5");
  const ImagePyramid& pyramid = source->pyramid({});
  REQUIRE(pyramid.levels.size() == 2);
  CHECK(pyramid.levels[1].factor == dvec3(2));
  CHECK(pyramid.levels[0].chunkVoxels == ivec3(64));
  for (int level = 0; level < 2; ++level) {
    const fs::path dataset = container / "setup0/timepoint0" / fmt::format("s{}", level);
    const auto array = n5::openDataset(dataset, n5::findAttributes(dataset).value());
    CHECK((test::readLevel(*source, {}, level) == test::readArray(*array)));
  }
  for (const char* part : {"", "attributes.json", "setup0", "setup0/timepoint0/s1",
                           "setup0/timepoint0/s0/attributes.json", "setup0/timepoint0/s0/3/3/2"}) {
    INFO(part);
    const std::unique_ptr<Source> picked = openSource((container / part).string());
    CHECK(picked->dataset().format == "bdv.n5");
    CHECK(hasWarning(*picked, "segmentation.xml"));
    CHECK(picked->dataset().setups[0].worldFromVoxel == source->dataset().setups[0].worldFromVoxel);
  }
}

TEST_CASE("an N5 folder of BigDataViewer's layout without an XML is listed") {
  const test::TemporaryFolder folder;
  const json dataset = {
      {"dimensions", {4, 4, 4}}, {"blockSize", {4, 4, 4}}, {"dataType", "uint8"}, {"compression", {{"type", "raw"}}}};
  for (const char* view : {"setup0/timepoint0", "setup0/timepoint7", "setup12/timepoint7"})
    test::writeJson(folder / "a.n5" / view / "s0/attributes.json", dataset);
  const std::unique_ptr<Source> source = openSource((folder / "a.n5").string());
  CHECK(source->dataset().timepoints == std::vector{0, 7});
  REQUIRE(source->dataset().setups.size() == 2);
  CHECK(source->dataset().setups[1].id == 12);
  CHECK(source->dataset().setups[1].present == std::vector{false, true});
  CHECK(source->pyramid({1, 1}).levels.size() == 1);
  CHECK(hasWarning(*source, "no XML"));
}

TEST_CASE("bdv.multimg.zarr is read in each of its versions") {
  const test::TemporaryFolder folder;
  writeImage(folder / "images.zarr/a", "tczyx", {1, 1, 3, 4, 5});
  writeImage(folder / "images.zarr/b", "tczyx", {2, 3, 3, 4, 5});
  writeImage(folder / "images.zarr/c", "tzyx", {4, 3, 4, 5});
  const auto open = [&](const std::string& loader) {
    test::writeText(folder / "set.xml", makeXml(loader));
    return openSource((folder / "set.xml").string());
  };

  const auto first = open(
      "<ImageLoader format=\"bdv.multimg.zarr\" version=\"1.0\"><zarr type=\"absolute\">/nowhere/images.zarr</zarr>"
      "<zgroups><zgroup setup=\"0\" timepoint=\"0\"><path>a</path></zgroup>"
      "<zgroup setup=\"1\" timepoint=\"0\"><path>b</path></zgroup></zgroups></ImageLoader>");
  CHECK(first->dataset().format == "bdv.multimg.zarr");
  CHECK(first->dataset().setups[1].worldFromVoxel[0][3].x == 100);
  CHECK(first->pyramid({1, 0}).levels[0].sizeVoxels == i64vec3(5, 4, 3));
  CHECK(firstVoxel(*first, 0) == test::zarrValue({0, 0, 0, 0, 0}, {1, 1, 3, 4, 5}));
  CHECK(firstVoxel(*first, 1) == test::zarrValue({0, 0, 0, 0, 0}, {2, 3, 3, 4, 5}));

  // The indices are those along the axes after x, y, z: channel, then time.
  const auto third = open(
      "<ImageLoader format=\"bdv.multimg.zarr\" version=\"3.0\"><zarr type=\"relative\">images.zarr</zarr>"
      "<zgroups><zgroup setup=\"0\" tp=\"0\" path=\"b\" indicies=\"2 1\"/>"
      "<zgroup setup=\"1\" tp=\"0\" path=\"c\" indicies=\"3\"/></zgroups></ImageLoader>");
  CHECK(firstVoxel(*third, 0) == test::zarrValue({1, 2, 0, 0, 0}, {2, 3, 3, 4, 5}));
  CHECK(firstVoxel(*third, 1) == test::zarrValue({3, 0, 0, 0}, {4, 3, 4, 5}));

  const auto partly = open(
      "<ImageLoader format=\"bdv.multimg.zarr\"><zarr type=\"relative\">images.zarr</zarr>"
      "<zgroups><zgroup setup=\"0\" tp=\"0\" path=\"../images.zarr/a\" indicies=\"[]\"/></zgroups></ImageLoader>");
  CHECK_FALSE(partly->dataset().setups[1].present[0]);
  CHECK(hasWarning(*partly, "1 images have no <zgroup>"));
  CHECK_THROWS_WITH(partly->pyramid({0, 0}), ContainsSubstring("leads out of the folder"));

  const auto beyond = open(
      "<ImageLoader format=\"bdv.multimg.zarr\"><zarr type=\"relative\">images.zarr</zarr>"
      "<zgroups><zgroup setup=\"0\" tp=\"0\" path=\"a\" indicies=\"5 0\"/>"
      "<zgroup setup=\"1\" tp=\"0\" path=\"gone\" indicies=\"0 0\"/></zgroups></ImageLoader>");
  CHECK_THROWS_WITH(beyond->pyramid({0, 0}), ContainsSubstring("there is no channel 5"));
  CHECK_THROWS_WITH(beyond->pyramid({1, 0}), ContainsSubstring("gone"));
}

TEST_CASE("images that are not on this machine are refused in one sentence") {
  const fs::path data = test::testData() / "bdv-xml";
  CHECK_THROWS_WITH(openSource((data / "bigstitcher_0.xml").string()), ContainsSubstring("dataset.n5 can't be found"));
  CHECK_THROWS_WITH(openSource((data / "bigstitcher_1.xml").string()),
                    ContainsSubstring("/data/foo_dataset/SPIM.ome.zarr can't be found"));
  CHECK_THROWS_WITH(openSource((data / "bigstitcher_6.xml").string()), ContainsSubstring("ome.zarr can't be found"));
  CHECK_THROWS_WITH(openSource((data / "prospr-myosin-n5.xml").string()), ContainsSubstring("bdv.n5.s3"));
  const test::TemporaryFolder folder;
  test::writeText(
      folder / "far.xml",
      makeXml("<ImageLoader format=\"bdv.n5\"><n5 type=\"absolute\">s3://bucket/set.n5</n5></ImageLoader>"));
  CHECK_THROWS_WITH(openSource((folder / "far.xml").string()), ContainsSubstring("s3://bucket/set.n5"));
}
