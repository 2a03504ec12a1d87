#include "support/files/test_files.h"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace volary::test {

namespace {

// The system's interpreter, not one that a version manager puts first: Debian's h5py belongs to it.
constexpr const char* kPython = "/usr/bin/python3";

}  // namespace

std::filesystem::path testData() {
  const char* folder = std::getenv("VOLARY_TEST_DATA");
  if (!folder || !*folder) SKIP("set VOLARY_TEST_DATA to the folder of real files to run this test");
  return folder;
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "volary-test-XXXXXX").string();
  if (!mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder can be made");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

void writeText(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

std::string readAll(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string runCommand(const std::string& command) {
  INFO(command);
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe);
  std::string output;
  std::array<char, 4096> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
    output.append(buffer.data(), count);
  const int status = pclose(pipe);
  INFO(output);
  REQUIRE(status == 0);
  return output;
}

void runPython(const std::filesystem::path& folder, const std::string& script) {
  static const bool available =
      std::system((std::string(kPython) + " -c 'import h5py, numpy' >/dev/null 2>&1").c_str()) == 0;
  if (!available) SKIP("install python3-h5py to run this test");
  const std::filesystem::path file = folder / "script.py";
  writeText(file, "import h5py, numpy as np\n" + script);
  runCommand("cd '" + folder.string() + "' && " + kPython + " script.py 2>&1");
}

}  // namespace volary::test
