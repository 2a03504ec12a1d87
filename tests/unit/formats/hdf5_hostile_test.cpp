#include "base/error.h"
#include "formats/hdf5/checksum.h"
#include "formats/hdf5/unsupported.h"
#include "support/files/memory_file.h"
#include "support/files/test_files.h"
#include "support/oracles/hdf5_listing.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <map>
#include <random>
#include <span>
#include <string>

using namespace volary;
using namespace volary::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Why our reader refuses the file, reading all of it; empty if it does not. Anything but an Error ends the test.
std::string refusal(const std::filesystem::path& file) {
  try {
    listHdf5(file);
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

double cpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void store(std::string& bytes, std::size_t at, std::uint64_t value, int width) {
  for (int i = 0; i < width; ++i) bytes.at(at + i) = static_cast<char>(value >> (8 * i));
}

/// Positions of a signature.
std::vector<std::size_t> findAll(const std::string& bytes, std::string_view signature) {
  std::vector<std::size_t> found;
  for (std::size_t at = bytes.find(signature); at != bytes.npos; at = bytes.find(signature, at + 1))
    found.push_back(at);
  return found;
}

/// Small files that together have every structure that the reader knows.
constexpr const char* kSmallFiles = R"(
def fill(f):
    some = np.arange(24, dtype="<u2").reshape(4, 6)
    f.create_dataset("single", data=some, chunks=(4, 6), compression="gzip")
    f.create_dataset("fixed", data=some, chunks=(2, 3))
    f.create_dataset("growing", data=some, chunks=(1, 1), maxshape=(4, None), compression="gzip")
    f.create_dataset("both", data=some, chunks=(1, 2), maxshape=(None, None))
    f.create_dataset("a/b/plain", data=some)
    for i in range(12): f["a"].attrs[f"attribute {i}"] = i
    f["a"].attrs["text"] = "text"
    f["a"].attrs["fixed"] = np.bytes_(b"text")
    for i in range(12): f[f"many/link {i}"] = h5py.SoftLink("/a/b")
    f["out"] = h5py.ExternalLink("other.h5", "/a")
with h5py.File("old.h5", "w", libver="earliest") as f: fill(f)
with h5py.File("new.h5", "w", libver="latest") as f: fill(f)
# More than 64 chunks: the B-tree has two levels.
with h5py.File("tree.h5", "w", libver="earliest") as f:
    f.create_dataset("tree", data=np.arange(300, dtype="u1"), chunks=(2,))
)";

}  // namespace

TEST_CASE("published malformed HDF5 files are read or refused within a second") {
  std::size_t refused = 0, files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(testData() / "bad/hdf5-cve-2016-2020")) {
    INFO(entry.path());
    const double start = cpuSeconds();
    const std::string sentence = refusal(entry.path());
    CHECK(cpuSeconds() - start < 1.0);
    refused += sentence.empty() ? 0 : 1;
    ++files;
  }
  CHECK(files > 20);
  CHECK(refused > 10);
}

TEST_CASE("an HDF5 file that ends early is refused, wherever it ends") {
  const TemporaryFolder folder;
  runPython(folder.path(), kSmallFiles);
  for (const char* name : {"old.h5", "new.h5", "tree.h5"}) {
    const std::string whole = readAll(folder / name);
    REQUIRE(refusal(folder / name).empty());
    for (std::size_t length = 0; length < whole.size(); length += 1 + whole.size() / 250) {
      INFO(fmt::format("{} cut to {}", name, length));
      CHECK_FALSE(refusal(MemoryFile(whole.substr(0, length)).path()).empty());
    }
  }
}

TEST_CASE("an HDF5 file that ends early and hides it is refused or read") {
  const TemporaryFolder folder;
  runPython(folder.path(), kSmallFiles);
  const std::string whole = readAll(folder / "old.h5");
  // Superblock version 0: the address of the file's end stands at byte 40.
  constexpr std::size_t kEndOfFileAt = 40;
  std::size_t refused = 0, tried = 0;
  for (std::size_t length = 200; length < whole.size(); length += 1 + whole.size() / 250, ++tried) {
    std::string cut = whole.substr(0, length);
    store(cut, kEndOfFileAt, length, 8);
    refused += refusal(MemoryFile(cut).path()).empty() ? 0 : 1;
  }
  CHECK(refused > tried / 2);
}

TEST_CASE("an HDF5 file with any bytes changed is read or refused") {
  const TemporaryFolder folder;
  runPython(folder.path(), kSmallFiles);
  std::mt19937_64 random(11);
  for (const char* name : {"old.h5", "new.h5", "tree.h5"}) {
    const std::string whole = readAll(folder / name);
    std::size_t refused = 0, tried = 0;
    const double start = cpuSeconds();
    for (; tried < 7000; ++tried) {
      std::string changed = whole;
      for (std::uint64_t changes = 1 + random() % 3; changes > 0; --changes)
        changed[random() % changed.size()] = static_cast<char>(random());
      INFO(fmt::format("{}, {}", name, tried));
      refused += refusal(MemoryFile(changed).path()).empty() ? 0 : 1;
    }
    INFO(fmt::format("{}: {} of {} refused in {:.1f} s", name, refused, tried, cpuSeconds() - start));
    CHECK(refused > tried / 20);
    CHECK(refused < tried);
  }
}

TEST_CASE("what a newer library may write is told apart from damage") {
  const TemporaryFolder folder;
  runPython(folder.path(), kSmallFiles);
  std::string changed = readAll(folder / "old.h5");
  constexpr std::size_t kSuperblockVersionAt = 8;
  changed[kSuperblockVersionAt] = 7;
  CHECK_THROWS_AS(listHdf5(MemoryFile(changed).path()), hdf5::Unsupported);
  changed = readAll(folder / "old.h5");
  for (const std::size_t node : findAll(changed, "SNOD")) changed[node + 4] = 9;
  CHECK_THROWS_AS(listHdf5(MemoryFile(changed).path()), hdf5::Unsupported);
  for (const std::size_t node : findAll(changed, "SNOD")) changed[node] = 'X';
  CHECK_THAT(refusal(MemoryFile(changed).path()), ContainsSubstring("does not begin with SNOD"));
}

TEST_CASE("one of the files that an HDF5 file was split into is told as such") {
  const TemporaryFolder folder;
  runPython(folder.path(), R"(
for libver in "earliest", "latest":
    with h5py.File(libver + "-family-%d.h5", "w", driver="family", memb_size=4096, libver=libver) as f:
        f["a"] = np.zeros(9000, "u1")
    with h5py.File(libver + "-split", "w", driver="split", meta_ext=b"-meta.h5", raw_ext=b"-raw.h5", libver=libver) as f:
        f["a"] = np.zeros(9000, "u1")
)");
  for (const char* part : {"earliest-family-0.h5", "earliest-split-meta.h5", "latest-split-meta.h5"}) {
    INFO(part);
    CHECK_THAT(refusal(folder / part), ContainsSubstring("was split into"));
  }
  // Here the description comes after the superblock, which says how long all parts are together.
  CHECK_THAT(refusal(folder / "latest-family-0.h5"), ContainsSubstring("truncated"));
  CHECK_THAT(refusal(folder / "earliest-family-1.h5"), ContainsSubstring("not an HDF5 file"));
}

TEST_CASE("the checksum of HDF5's metadata is lookup3") {
  const auto of = [](const std::string& text) { return hdf5::lookup3(std::as_bytes(std::span(text))); };
  // From the author's own test: lookup3.c, driver5().
  CHECK(of("") == 0xdeadbeef);
  CHECK(of("Four score and seven years ago") == 0x17770551);
}

TEST_CASE("lies in an index of chunks are refused, each in a sentence") {
  const TemporaryFolder folder;
  runPython(folder.path(), kSmallFiles);
  const std::string whole = readAll(folder / "tree.h5");
  // HDF5 file format, III.A.1: signature, kind, level, entries (2), siblings (16), then keys and children: a key of
  // this dataset has 4 + 4 + 2 * 8 bytes.
  constexpr std::size_t kKeys = 24, kKeyBytes = 24, kChildBytes = 8;
  std::size_t root = 0, leaf = 0;
  for (const std::size_t node : findAll(whole, "TREE"))
    if (whole[node + 4] == 1) (whole[node + 5] == 1 ? root : leaf) = node;
  REQUIRE(root > 0);
  REQUIRE(leaf > 0);
  const std::size_t firstChild = root + kKeys + kKeyBytes;
  const std::size_t secondChild = firstChild + kChildBytes + kKeyBytes;

  const auto lie = [&](std::size_t at, std::uint64_t value, int width) {
    std::string changed = whole;
    store(changed, at, value, width);
    return refusal(MemoryFile(changed).path());
  };
  std::uint64_t first = 0;
  for (int i = 7; i >= 0; --i) first = first << 8 | static_cast<unsigned char>(whole[firstChild + i]);
  CHECK_THAT(lie(firstChild, root, 8), ContainsSubstring("reached twice"));
  CHECK_THAT(lie(secondChild, first, 8), ContainsSubstring("reached twice"));
  CHECK_THAT(lie(root + 5, 3, 1), ContainsSubstring("on level 0 and should be on 2"));
  CHECK_THAT(lie(root + 4, 0, 1), ContainsSubstring("wrong kind"));
  CHECK_THAT(lie(root + 6, 65, 2), ContainsSubstring("65 entries, 64 is the limit"));
  CHECK_THAT(lie(firstChild, whole.size() + 8, 8), ContainsSubstring("outside of the file"));
  CHECK_THAT(lie(leaf + kKeys, 9, 4), ContainsSubstring("9 bytes in the file, not 2"));
  CHECK_THAT(lie(leaf + kKeys + 8, 3, 8), ContainsSubstring("not on the grid"));
  CHECK_THAT(lie(leaf + kKeys + 8, 1000, 8), ContainsSubstring("outside of its extent"));
  CHECK_THAT(lie(leaf + kKeys + 8, 0, 8), ContainsSubstring("twice"));
  CHECK_THAT(lie(leaf + kKeys + kKeyBytes, whole.size() - 1, 8), ContainsSubstring("outside of the file"));
}
