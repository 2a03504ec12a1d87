#include "formats/hdf5/dataset.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/object.h"
#include "support/hdf5_listing.h"
#include "support/test_files.h"

#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

using namespace volary;
using namespace volary::test;

namespace {

/// Runs Python that has list_hdf5 imported.
void runLister(const std::filesystem::path& folder, const std::string& script) {
  runPython(folder, fmt::format("import sys\nsys.path.insert(0, '{}/tests/support')\nsys.dont_write_bytecode = True\n"
                                "import list_hdf5\n{}",
                                VOLARY_SOURCE_DIR, script));
}

std::vector<std::string> linesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  std::ranges::sort(lines);
  return lines;
}

/// Checks that our reader and h5py say the same of each file.
void checkSameListings(const std::vector<std::filesystem::path>& files) {
  const TemporaryFolder folder;
  std::string script;
  for (std::size_t i = 0; i < files.size(); ++i)
    script += fmt::format("list_hdf5.write_listing('{}', '{}.txt')\n", files[i].string(), i);
  runLister(folder.path(), script);
  for (std::size_t i = 0; i < files.size(); ++i) {
    INFO(files[i].string());
    const std::vector<std::string> expected = linesOf(readAll(folder / fmt::format("{}.txt", i)));
    const std::vector<std::string> found = listHdf5(files[i]);
    std::vector<std::string> missing, wrong;
    std::ranges::set_difference(expected, found, std::back_inserter(missing));
    std::ranges::set_difference(found, expected, std::back_inserter(wrong));
    INFO(fmt::format("h5py has {} lines that we have not, the first: {}", missing.size(),
                     missing.empty() ? "" : missing[0]));
    INFO(fmt::format("we have {} lines that h5py has not, the first: {}", wrong.size(), wrong.empty() ? "" : wrong[0]));
    const bool same = found == expected;
    CHECK(same);
  }
}

std::vector<std::filesystem::path> hdf5FilesIn(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (const auto extension = entry.path().extension();
        extension == ".h5" || extension == ".hdf5" || extension == ".ims")
      files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

}  // namespace

TEST_CASE("our HDF5 reader finds what the library finds in every real file") {
  std::vector<std::filesystem::path> files;
  for (const char* folder : {"bdv-hdf5", "hdf5-conformance", "imaris"})
    std::ranges::copy(hdf5FilesIn(testData() / folder), std::back_inserter(files));
  REQUIRE(files.size() > 30);
  checkSameListings(files);
}
