// Every TIFF file of the test data, decoded by Volary, against GOLDEN.tsv: checksums of pages as libtiff decodes them.
#include "formats/open.h"
#include "support/files/read_level.h"
#include "support/files/test_files.h"
#include "support/oracles/golden_rows.h"

#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <vector>

using namespace volary;

namespace {

/// One page of a file as GOLDEN.tsv has it.
struct GoldenPage {
  std::string shape;  // "83x111", "83x111x3", "3x83x111"
  std::string type;   // "u2"
  std::string sha256;
};

std::map<std::string, std::vector<GoldenPage>> readGolden(const std::filesystem::path& data) {
  std::map<std::string, std::vector<GoldenPage>> golden;
  for (const test::GoldenRow& row : test::readGoldenRows(data))
    if ((row.file.ends_with(".tif") || row.file.ends_with(".tiff")) && row.place.starts_with("IFD "))
      golden[row.file].push_back({row.shape, row.type, row.sha256});
  return golden;
}

/// One plane of all channels of a page, put together again as the page has them.
std::vector<std::byte> joinSamples(const std::vector<std::vector<std::byte>>& samples, std::size_t planeBytes,
                                   std::size_t z, std::size_t voxel, bool sideBySide) {
  std::vector<std::byte> page;
  page.reserve(planeBytes * samples.size());
  const auto plane = [&](std::size_t s) { return samples[s].begin() + static_cast<std::ptrdiff_t>(z * planeBytes); };
  if (!sideBySide)
    for (std::size_t s = 0; s < samples.size(); ++s)
      page.insert(page.end(), plane(s), plane(s) + static_cast<std::ptrdiff_t>(planeBytes));
  else
    for (std::size_t at = 0; at < planeBytes; at += voxel)
      for (std::size_t s = 0; s < samples.size(); ++s)
        page.insert(page.end(), plane(s) + static_cast<std::ptrdiff_t>(at),
                    plane(s) + static_cast<std::ptrdiff_t>(at + voxel));
  return page;
}

/// Half floats, as GOLDEN.tsv has them, from the float32 that Volary makes of them.
std::vector<std::byte> asHalf(const std::vector<std::byte>& floats, const test::TemporaryFolder& folder) {
  std::ofstream(folder / "floats", std::ios::binary)
      .write(reinterpret_cast<const char*>(floats.data()), static_cast<std::streamsize>(floats.size()));
  test::runPython(folder.path(), "np.fromfile('floats', 'f4').astype('f2').tofile('halves')");
  const std::string halves = test::readAll(folder / "halves");
  const auto* bytes = reinterpret_cast<const std::byte*>(halves.data());
  return {bytes, bytes + halves.size()};
}

// A chain of pages that leads back to itself is damage, whatever pages it has on the way.
bool isLoop(const std::string& file) { return file.find("ifd_loop") != std::string::npos; }

// What a JPEG holds depends on its decoder: another version rounds differently, and libtiff's default is YCbCr.
bool isLossy(const std::string& file) {
  return file.find("jpeg") != std::string::npos || file.find(".jpg.") != std::string::npos;
}

}  // namespace

TEST_CASE("every page of every real TIFF file has the golden checksum") {
  const std::filesystem::path data = test::testData();
  const test::TemporaryFolder folder;
  const auto golden = readGolden(data);
  REQUIRE(golden.size() >= 90);
  std::size_t compared = 0;
  for (const auto& [file, pages] : golden) {
    // The planes of these lie in several files, and each file lists one.
    if (isLoop(file) || isLossy(file) || file.find("multifile-Z") != std::string::npos) continue;
    INFO(file);
    const std::unique_ptr<Source> source = openSource((data / file).string());
    const ImagePyramid& pyramid = source->pyramid({});
    const i64vec3 size = pyramid.levels[0].sizeVoxels;
    // Pages whose size differs from the first one's are levels, or left out.
    std::vector<std::string> expected;
    for (const GoldenPage& page : pages)
      if (page.shape == pages[0].shape) expected.push_back(page.sha256);

    const std::string plane = fmt::format("{}x{}", size.y, size.x);
    const bool oneSample = pages[0].shape == plane;
    const bool sideBySide = pages[0].shape.starts_with(plane + "x");
    const bool isHalf = pages[0].type == "f2";
    const std::size_t samples = oneSample ? 1 : source->dataset().setups.size();
    REQUIRE((oneSample || sideBySide || pages[0].shape.ends_with("x" + plane)));
    const std::size_t voxel = voxelBytes(pyramid.voxelType);
    const auto planeBytes = static_cast<std::size_t>(size.x * size.y) * voxel;
    std::vector<std::string> found;
    for (std::int32_t setup = 0; setup < static_cast<std::int32_t>(source->dataset().setups.size());
         setup += static_cast<std::int32_t>(samples))
      for (std::int32_t t = 0; t < static_cast<std::int32_t>(source->dataset().timepoints.size()); ++t) {
        std::vector<std::vector<std::byte>> volumes;
        for (std::size_t s = 0; s < samples; ++s)
          volumes.push_back(test::readLevel(*source, {setup + static_cast<std::int32_t>(s), t}, 0));
        for (std::size_t z = 0; z < static_cast<std::size_t>(size.z); ++z) {
          const std::vector<std::byte> page = joinSamples(volumes, planeBytes, z, voxel, sideBySide);
          found.push_back(test::sha256(isHalf ? asHalf(page, folder) : page, folder / "voxels"));
        }
      }
    // The planes are in the order of the pages only where there is one axis of them; the tests with tifffile look at
    // the others.
    if (source->dataset().setups.size() > samples || source->dataset().timepoints.size() > 1) {
      std::ranges::sort(found);
      std::ranges::sort(expected);
    }
    CHECK(found == expected);
    compared += found.size();
  }
  CHECK(compared > 900);
}

TEST_CASE("real files that libtiff decodes and Volary does not compare are opened and decoded") {
  const std::filesystem::path data = test::testData();
  for (const char* file :
       {"tiff/imagecodecs/gray.b1.tif", "tiff/imagecodecs/gray.depth.u1.tif",
        "tiff/imagecodecs/gray.depth.deflate.u1.tif", "tiff/imagecodecs/gray.lerc.u1.tif",
        "tiff/imagecodecs/rgb.tiled.lerc.u1.tif", "tiff/imagecodecs/rgb.tiled.webp.u1.tif",
        "tiff/imagecodecs/rgb.tiled.jpeg.u1.tif", "tiff/libtiff/quad-tile.jpg.tiff",
        "tiff/libtiff/32bpp-None-jpeg.tiff", "tiff/libtiff/miniswhite-1c-1b.tiff", "tiff/libtiff/palette-1c-1b.tiff",
        "tiff/libtiff/palette-1c-4b.tiff", "tiff/libtiff/testfax4.tiff", "tiff/libtiff/testfax3_bug54_1dnoEOL.tif",
        "tiff/libtiff/webp_lossless_rgba_alpha_fully_opaque.tif", "tiff/ome-companion/multifile.companion.ome",
        "tiff/ome-companion/multifile-Z3.ome.tiff"}) {
    INFO(file);
    const std::unique_ptr<Source> source = openSource((data / file).string());
    for (std::int32_t setup = 0; setup < static_cast<std::int32_t>(source->dataset().setups.size()); ++setup)
      CHECK(!test::readLevel(*source, {setup, 0}, 0).empty());
  }
}
