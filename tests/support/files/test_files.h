#pragma once

#include <filesystem>
#include <string>

namespace volary::test {

/// The folder of real files that VOLARY_TEST_DATA names. Skips the running test, with that hint, where it is unset.
std::filesystem::path testData();

/// A fresh empty folder, removed with all in it when this is destroyed.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

void writeText(const std::filesystem::path& file, const std::string& text);
std::string readAll(const std::filesystem::path& file);

/// Runs a Python script (with h5py as `h5py` and numpy as `np`) in `folder`: a writer that shares no line with ours.
/// Skips the running test where Debian's python3-h5py is not installed; fails it if the script fails.
void runPython(const std::filesystem::path& folder, const std::string& script);

/// What a command prints on standard output. Fails the running test if its exit status is not 0.
std::string runCommand(const std::string& command);

}  // namespace volary::test
