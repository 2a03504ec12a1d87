#include "export/image_file.h"
#include "base/error.h"
#include "storage/atomic_file.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>

using namespace volary;
namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

namespace {

/// An empty folder that is gone at the end.
struct Folder {
  fs::path path = fs::temp_directory_path() / ("volary-image-file-" + std::to_string(::getpid()));
  Folder() { fs::create_directory(path); }
  ~Folder() { fs::remove_all(path); }
  std::ptrdiff_t files() const { return std::distance(fs::directory_iterator(path), fs::directory_iterator()); }
};

std::string readText(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

const std::vector<std::uint16_t> kValues = {0, 1, 2, 300, 40000, 65535};
ImagePlane makePlane() { return {VoxelType::uint16, 3, 2, std::as_bytes(std::span(kValues))}; }

}  // namespace

TEST_CASE("an NPY file is its header, a multiple of 64 bytes, and then the voxels") {
  const Folder folder;
  writeNpy(folder.path / "a.npy", makePlane());
  const std::string text = readText(folder.path / "a.npy");
  REQUIRE(text.size() == 128 + 12);
  CHECK(text.substr(0, 10) == std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  CHECK_THAT(text, ContainsSubstring("{'descr': '<u2', 'fortran_order': False, 'shape': (2, 3), }"));
  CHECK(text[127] == '\n');
  CHECK(std::memcmp(text.data() + 128, kValues.data(), 12) == 0);
}

TEST_CASE("an image file is written in one go and leaves nothing else behind") {
  const Folder folder;
  writeNpy(folder.path / "a.npy", makePlane());
  writeTiff(folder.path / "a.tif", makePlane());
  writePngGrey(folder.path / "a.png", makePlane());
  writePngRgb(folder.path / "b.png", 2, 1, std::vector<std::uint8_t>(8, 77), std::vector<PngText>{{"key", "text"}});
  CHECK(folder.files() == 4);
  CHECK_THAT(readText(folder.path / "b.png"), ContainsSubstring(std::string("tEXtkey\0text", 12)));
}

TEST_CASE("a PNG's text comes back, and a damaged head is an error that names the file") {
  const Folder folder;
  const fs::path path = folder.path / "a.png";
  const std::string longText(70'000, 'v');
  writePngRgb(path, 2, 1, std::vector<std::uint8_t>(8, 77), std::vector<PngText>{{"other", "no"}, {"key", longText}});
  CHECK(isPng(path));
  CHECK(findPngText(path, "key") == longText);
  CHECK(findPngText(path, "ke") == std::nullopt);
  std::ofstream(folder.path / "b.json") << "{}";
  CHECK_FALSE(isPng(folder.path / "b.json"));
  CHECK_FALSE(isPng(folder.path / "missing.png"));
  // Cut anywhere before the pixels.
  const std::string whole = readText(path);
  const std::size_t pixels = whole.find("IDAT");
  for (std::size_t n = 0; n < pixels - 4; n += 997) {
    const fs::path cut = folder.path / "cut.png";
    std::ofstream(cut, std::ios::binary) << whole.substr(0, n);
    CHECK_THROWS_WITH(findPngText(cut, "key"), ContainsSubstring("cut.png: can't be read"));
  }
}

TEST_CASE("a file that is given up leaves the old one as it was") {
  const Folder folder;
  const fs::path path = folder.path / "old.txt";
  std::ofstream(path) << "old";
  {
    AtomicFile file(path);
    CHECK(file.write(std::as_bytes(std::span("new", 3))));
  }
  CHECK(readText(path) == "old");
  CHECK(folder.files() == 1);
}

TEST_CASE("a symbolic link stays one, and what it points to is replaced") {
  const Folder folder;
  std::ofstream(folder.path / "old.txt") << "old";
  fs::create_symlink("old.txt", folder.path / "link.txt");
  AtomicFile file(folder.path / "link.txt");
  file.write(std::as_bytes(std::span("new", 3)));
  file.commit();
  CHECK(fs::is_symlink(folder.path / "link.txt"));
  CHECK(readText(folder.path / "old.txt") == "new");
}

TEST_CASE("an output that can't be written is one sentence with file and cause") {
  const Folder folder;
  const fs::path missing = folder.path / "no" / "such" / "a.png";
  CHECK_THROWS_MATCHES(writePngGrey(missing, makePlane()), Error, MessageMatches(ContainsSubstring("does not exist")));
  CHECK_THROWS_MATCHES(writeNpy(folder.path, makePlane()), Error, MessageMatches(ContainsSubstring("is a folder")));
  CHECK_THROWS_AS(writeNpy("", makePlane()), Error);
}

TEST_CASE("a full disk is an error of every writer") {
  if (!fs::exists("/dev/full")) SKIP("this system has no /dev/full");
  const auto full = MessageMatches(ContainsSubstring("/dev/full: can't be written: No space left on device"));
  const std::vector<std::byte> large(1 << 20);
  const ImagePlane plane{VoxelType::uint8, 1 << 10, 1 << 10, large};
  CHECK_THROWS_MATCHES(writeNpy("/dev/full", plane), Error, full);
  CHECK_THROWS_MATCHES(writePngGrey("/dev/full", plane), Error, full);
  CHECK_THROWS_MATCHES(writeTiff("/dev/full", plane), Error, full);
}
