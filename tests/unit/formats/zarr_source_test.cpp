// OME-Zarr images, plates and series as a Source.
#include "formats/zarr/zarr_source.h"
#include "base/error.h"
#include "formats/zarr/node.h"
#include "support/files/read_array.h"
#include "support/files/read_level.h"
#include "support/files/test_files.h"
#include "support/files/zarr_files.h"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <cstring>

using namespace volary;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// The volume of one channel and time of a whole array whose axes are named "tczyx" or some of these.
std::vector<std::byte> takeVolume(const arrays::StoredArray& array, const std::vector<std::byte>& all,
                                  const std::string& axes, std::int64_t channel, std::int64_t time) {
  const arrays::ArrayLayout& layout = array.layout();
  std::size_t stride = voxelBytes(layout.voxelType);
  std::size_t offset = 0;
  std::size_t volume = stride;
  for (std::size_t axis = axes.size(); axis-- > 0;) {
    if (axes[axis] == 'c') offset += static_cast<std::size_t>(channel) * stride;
    if (axes[axis] == 't') offset += static_cast<std::size_t>(time) * stride;
    stride *= static_cast<std::size_t>(layout.shape[axis]);
    if (axes[axis] != 'c' && axes[axis] != 't') volume = stride;
  }
  return {all.begin() + static_cast<std::ptrdiff_t>(offset),
          all.begin() + static_cast<std::ptrdiff_t>(offset + volume)};
}

/// Every voxel of an image, against its arrays read on their own. Its axes are those that its metadata name.
void checkImage(const fs::path& folder) {
  INFO(folder.string());
  const std::unique_ptr<Source> source = openZarr(folder);
  const Dataset& dataset = source->dataset();
  CHECK(dataset.format.starts_with("OME-Zarr 0."));
  const std::optional<zarr::Node> group = zarr::findNode(folder);
  const json& multiscale = zarr::omeAttributes(*group).at("multiscales").at(0);
  std::string axes = "tczyx";
  if (multiscale.contains("axes")) {
    axes.clear();
    for (const json& axis : multiscale["axes"]) axes += axis["name"].get<std::string>();
  }
  const json& levels = multiscale.at("datasets");
  for (std::size_t level = 0; level < levels.size(); ++level) {
    const auto node = zarr::findNode(folder / levels[level]["path"].get<std::string>());
    const auto array = zarr::openArray(*node).array;
    const std::vector<std::byte> all = test::readArray(*array);
    const auto extent = [&](char axis) {
      const std::size_t place = axes.find(axis);
      return place == axes.npos ? 1 : array->layout().shape[place];
    };
    REQUIRE(dataset.setups.size() == static_cast<std::size_t>(extent('c')));
    REQUIRE(dataset.timepoints.size() == static_cast<std::size_t>(extent('t')));
    for (int c = 0; c < extent('c'); ++c)
      for (int t = 0; t < extent('t'); ++t) {
        const ImagePyramid& pyramid = source->pyramid({c, t});
        REQUIRE(pyramid.levels.size() == levels.size());
        CHECK(pyramid.levels[level].sizeVoxels == i64vec3(extent('x'), extent('y'), extent('z')));
        CHECK((test::readLevel(*source, {c, t}, static_cast<int>(level)) == takeVolume(*array, all, axes, c, t)));
      }
  }
}

bool hasWarning(const Source& source, const std::string& words) {
  return std::ranges::any_of(source.dataset().warnings,
                             [&](const std::string& warning) { return warning.find(words) != warning.npos; });
}

}  // namespace

TEST_CASE("every channel, time and level of the real OME-Zarr images is what their arrays hold") {
  const fs::path data = test::testData() / "ome-zarr";
  for (const char* name : {"mobie-mri-v04.ome.zarr", "neuroglancer-simple/simple_0.4", "neuroglancer-simple/simple_0.5",
                           "zarr-java-ome/v0.4", "zarr-java-ome/v0.5", "zarr-java-ome/v0.5/labels/nuclei",
                           "challenge/2d.zarr", "vitessce-v05-images/blobs_multiscale_image",
                           "viv-bioformats-zarr/data.zarr/0", "mobie-single-plane-hcs.zarr/E/07/0"})
    checkImage(data / name);
}

TEST_CASE("images of every legal subset of the axes are understood") {
  const fs::path data = test::testData() / "ome-zarr/ngio-axes";
  int images = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(data)) {
    if (!entry.is_directory() || !entry.path().filename().string().starts_with("test_image_")) continue;
    checkImage(entry.path());
    ++images;
  }
  CHECK(images >= 16);
}

TEST_CASE("scales and translations of level and image are composed, and level 0's places the image") {
  const test::TemporaryFolder folder;
  for (const int version : {2, 3}) {
    const fs::path image = folder / ("image" + std::to_string(version));
    json attributes = test::makeMultiscale({"c", "z", "y", "x"}, {{1, 2, 0.5, 0.25}, {1, 4, 1.5, 0.5}});
    json& multiscale = attributes["multiscales"][0];
    multiscale["datasets"][0]["coordinateTransformations"].push_back(
        {{"type", "translation"}, {"translation", {0, 10, 20, 30}}});
    multiscale["coordinateTransformations"] = {{{"type", "scale"}, {"scale", {1, 3, 3, 3}}},
                                               {{"type", "translation"}, {"translation", {0, 1, 1, 1}}}};
    attributes["omero"] = {{"channels",
                            {{{"label", "DAPI"}, {"color", "0080FF"}, {"window", {{"start", 5}, {"end", 99}}}},
                             {{"label", "GFP"}, {"color", "#00ff00"}, {"active", false}}}}};
    test::writeZarrGroup(image, attributes, version);
    test::writeZarrArray(image / "0", {.shape = {2, 6, 9, 16}, .chunks = {1, 4, 4, 8}, .version = version});
    test::writeZarrArray(image / "1", {.shape = {2, 3, 3, 8}, .chunks = {1, 4, 4, 8}, .version = version});

    const std::unique_ptr<Source> source = openZarr(image);
    const Dataset& dataset = source->dataset();
    REQUIRE(dataset.setups.size() == 2);
    const Setup& setup = dataset.setups[0];
    CHECK(setup.name == "DAPI");
    CHECK(dataset.setups[1].name == "GFP");
    CHECK(setup.displayColour == dvec3(0, 128 / 255.0, 1));
    CHECK(setup.displayRange == ValueRange{5, 99});
    CHECK(dataset.setups[1].displayColour == dvec3(0, 1, 0));
    CHECK_FALSE(dataset.setups[1].displayRange);
    CHECK(setup.unit == "µm");
    CHECK(setup.voxelSize.x == Approx(0.75));
    CHECK(setup.voxelSize.y == Approx(1.5));
    CHECK(setup.voxelSize.z == Approx(6));
    const dvec3 origin = transformPoint(setup.worldFromVoxel[0], dvec3(0.0));
    CHECK(origin.x == Approx(91));
    CHECK(origin.y == Approx(61));
    CHECK(origin.z == Approx(31));
    CHECK(source->pyramid({0, 0}).levels[1].factor == dvec3(2, 3, 2));
    checkImage(image);
  }
}

TEST_CASE("chunks that hold several channels and times, in either order of the axes, are taken apart") {
  const test::TemporaryFolder folder;
  int number = 0;
  for (const int version : {2, 3})
    for (const bool isFortranOrder : {false, true})
      for (const std::vector<std::int64_t>& chunks :
           {std::vector<std::int64_t>{2, 3, 4, 5, 6}, {3, 1, 4, 2, 3}, {1, 2, 5, 7, 9}, {1, 1, 2, 3, 4}}) {
        const fs::path image = folder / std::to_string(number++);
        test::writeZarrGroup(image, test::makeMultiscale({"t", "c", "z", "y", "x"}, {{1, 1, 1, 1, 1}}), version);
        test::writeZarrArray(
            image / "0",
            {.shape = {3, 3, 5, 7, 9}, .chunks = chunks, .version = version, .isFortranOrder = isFortranOrder});
        checkImage(image);
      }
}

TEST_CASE("a missing chunk has the fill value, whatever it is") {
  const test::TemporaryFolder folder;
  for (const int version : {2, 3})
    for (const int fill : {0, 513}) {
      const fs::path array = folder / fmt::format("{}-{}", version, fill);
      test::writeZarrArray(array,
                           {.shape = {4, 6}, .chunks = {4, 3}, .version = version, .extra = {{"fill_value", fill}}});
      fs::remove_all(version == 2 ? array / "0/1" : array / "c/0/1");
      const std::unique_ptr<Source> source = openZarr(array);
      const std::vector<std::byte> voxels = test::readLevel(*source, {}, 0);
      std::vector<std::uint16_t> values(24);
      std::memcpy(values.data(), voxels.data(), voxels.size());
      for (std::int64_t y = 0; y < 4; ++y)
        for (std::int64_t x = 0; x < 6; ++x)
          CHECK(values[static_cast<std::size_t>(y * 6 + x)] == (x < 3 ? test::zarrValue({y, x}, {4, 6}) : fill));
      // A chunk of zeros need not be read at all.
      CHECK(source->readChunk({.image = {}, .level = 0, .chunk = {1, 0, 0}}).stored == (fill != 0));
    }
}

TEST_CASE("whatever part of an image is picked, the image is shown") {
  const fs::path data = test::testData() / "ome-zarr";
  for (const char* part : {"mobie-mri-v04.ome.zarr/s1", "mobie-mri-v04.ome.zarr/.zattrs", "mobie-mri-v04.ome.zarr/",
                           "mobie-mri-v04.ome.zarr/s0/.zarray", "mobie-mri-v04.ome.zarr/s0/0/0/0"}) {
    INFO(part);
    const std::unique_ptr<Source> source = openZarr(data / part);
    CHECK(source->dataset().format == "OME-Zarr 0.4");
    CHECK(source->pyramid({}).levels.size() == 2);
  }
  const std::unique_ptr<Source> nested = openZarr(data / "neuroglancer-simple/simple_0.5/scale1");
  CHECK(nested->pyramid({}).levels.size() == 3);
  CHECK(hasWarning(*nested, "is a part of"));
  CHECK_THROWS_WITH(openZarr(data / "vitessce-v05-images"), ContainsSubstring("blobs_image, blobs_multiscale_image"));
  CHECK_THROWS_WITH(openZarr(data / "challenge"), ContainsSubstring("not inside of a Zarr folder"));
}

TEST_CASE("a plate shows its fields, a row is a part of its plate, and a well shows its own") {
  const fs::path plate = test::testData() / "ome-zarr/challenge/hcs.zarr";
  const std::unique_ptr<Source> source = openZarr(plate);
  CHECK(source->dataset().setups.size() == 24);
  CHECK(source->dataset().setups[0].name == "A/1 field 0 Name");
  CHECK(source->dataset().setups[23].name == "B/2 field 1 Channel 2");
  // The last field is the one in B/2/1.
  const std::unique_ptr<Source> field = openZarr(plate / "B/2/1");
  CHECK((test::readLevel(*source, {23, 0}, 0) == test::readLevel(*field, {2, 0}, 0)));
  CHECK(openZarr(plate / "A")->dataset().setups.size() == 24);
  const std::unique_ptr<Source> well = openZarr(plate / "A/2");
  CHECK(well->dataset().setups.size() == 6);
  CHECK(well->dataset().setups[3].name == "A/2 field 1 Name");
}

TEST_CASE("of a plate's fields nothing is read before they are looked at") {
  const test::TemporaryFolder folder;
  const json image = test::makeMultiscale({"y", "x"}, {{1, 1}});
  test::writeZarrGroup(folder / "plate", {{"plate", {{"version", "0.4"}, {"wells", {{{"path", "A/1"}}}}}}});
  test::writeZarrGroup(folder / "plate/A/1", {{"well", {{"images", {{{"path", "0"}}, {{"path", "1"}}}}}}});
  test::writeZarrGroup(folder / "plate/A/1/0", image);
  test::writeZarrArray(folder / "plate/A/1/0/0", {.shape = {4, 6}, .chunks = {4, 6}});
  test::writeZarrGroup(folder / "plate/A/1/1", image);
  test::writeText(folder / "plate/A/1/1/.zattrs", "{ broken");
  const std::unique_ptr<Source> source = openZarr(folder / "plate");
  REQUIRE(source->dataset().setups.size() == 2);
  CHECK(source->dataset().setups[1].name == "A/1 field 1");
  CHECK(source->pyramid({0, 0}).levels.size() == 1);
  CHECK_THROWS_WITH(source->pyramid({1, 0}), ContainsSubstring("A/1/1/.zattrs"));
}

TEST_CASE("the images of bioformats2raw are setups, listed or counted") {
  const fs::path data = test::testData() / "ome-zarr";
  const std::unique_ptr<Source> listed = openZarr(data / "challenge/bf2raw.zarr");
  REQUIRE(listed->dataset().setups.size() == 2);
  CHECK(listed->dataset().setups[1].name == "bf2raw 2");
  CHECK(test::readLevel(*listed, {1, 0}, 0)[0] == std::byte{1});
  CHECK(openZarr(data / "challenge/bf2raw.zarr/OME")->dataset().setups.size() == 2);
  CHECK(openZarr(data / "challenge/hcs.zarr/OME")->dataset().setups.size() ==
        openZarr(data / "challenge/hcs.zarr")->dataset().setups.size());
  const std::unique_ptr<Source> counted = openZarr(data / "viv-bioformats-zarr/data.zarr");
  CHECK(counted->dataset().format == "OME-Zarr 0.1");
  CHECK(counted->dataset().setups.size() == 3);
}

TEST_CASE("levels that are listed wrongly, missing, or scaled against their size are put right with a warning") {
  const test::TemporaryFolder folder;
  const auto write = [&](const fs::path& image, const json& attributes) {
    test::writeZarrGroup(image, attributes);
    test::writeZarrArray(image / "0", {.shape = {16, 16, 16}, .chunks = {8, 8, 8}});
    test::writeZarrArray(image / "1", {.shape = {8, 8, 8}, .chunks = {8, 8, 8}});
    return openZarr(image);
  };
  const std::vector<std::string> axes = {"z", "y", "x"};

  const auto unscaled = write(folder / "unscaled", test::makeMultiscale(axes, {{1, 1, 1}, {1, 1, 1}}));
  CHECK(unscaled->pyramid({}).levels[1].factor == dvec3(2));
  CHECK(hasWarning(*unscaled, "does not go with its size"));

  json attributes = test::makeMultiscale(axes, {{2, 2, 2}, {1, 1, 1}});
  attributes["multiscales"][0]["datasets"][0]["path"] = "1";
  attributes["multiscales"][0]["datasets"][1]["path"] = "0";
  const auto reversed = write(folder / "reversed", attributes);
  CHECK(reversed->pyramid({}).levels[0].sizeVoxels == i64vec3(16));
  CHECK(reversed->pyramid({}).levels[1].factor == dvec3(2));
  CHECK(hasWarning(*reversed, "not listed from fine to coarse"));

  const auto missing = write(folder / "missing", test::makeMultiscale(axes, {{1, 1, 1}, {2, 2, 2}, {4, 4, 4}}));
  CHECK(missing->pyramid({}).levels.size() == 2);
  CHECK(hasWarning(*missing, "there is no level 2"));

  attributes = test::makeMultiscale(axes, {{1, 1, 1}, {2, 2, 2}});
  json& second = attributes["multiscales"][0]["datasets"][1]["coordinateTransformations"];
  second.push_back({{"type", "translation"}, {"translation", {0.5, 0.5, 0.5}}});
  CHECK(write(folder / "centred", attributes)->dataset().warnings.empty());
  second[1]["translation"] = {0.5, 4.5, 0.5};
  CHECK(hasWarning(*write(folder / "shifted", attributes), "translated by 2 of its voxels"));
}

TEST_CASE("a single array is shown without levels, its axes by their names") {
  const test::TemporaryFolder folder;
  test::writeZarrArray(folder / "named", {.shape = {2, 3, 4, 5},
                                          .chunks = {1, 3, 4, 5},
                                          .version = 3,
                                          .extra = {{"dimension_names", {"time", "z", "y", "x"}}}});
  const std::unique_ptr<Source> named = openZarr(folder / "named");
  CHECK(named->dataset().format == "Zarr v3 array");
  CHECK(named->dataset().timepoints.size() == 2);
  CHECK(named->pyramid({}).levels[0].sizeVoxels == i64vec3(5, 4, 3));
  test::writeZarrArray(folder / "bare", {.shape = {2, 3, 4, 5}, .chunks = {1, 3, 4, 5}});
  const std::unique_ptr<Source> bare = openZarr(folder / "bare");
  CHECK(bare->dataset().format == "Zarr v2 array");
  CHECK(bare->dataset().setups.size() == 2);
  CHECK(hasWarning(*bare, "single array"));
}

TEST_CASE("stored bytes are those of the files, and of the chunks in shards") {
  const fs::path data = test::testData();
  const std::unique_ptr<Source> source = openZarr(data / "ome-zarr/mobie-mri-v04.ome.zarr");
  std::uintmax_t bytes = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(data / "ome-zarr/mobie-mri-v04.ome.zarr/s0"))
    if (entry.is_regular_file() && !entry.path().filename().string().starts_with(".")) bytes += entry.file_size();
  CHECK(source->countBytesStored({}, 0) == bytes);
  // Two shards of two chunks each; the index of a shard is 2 * 16 + 4 bytes.
  const fs::path sharded = data / "zarr-conformance/zarrs/sharded_array_write_read.zarr/group/array";
  bytes = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(sharded / "c"))
    if (entry.is_regular_file()) bytes += entry.file_size() - 36;
  CHECK(openZarr(sharded)->countBytesStored({}, 0) == bytes);
}
