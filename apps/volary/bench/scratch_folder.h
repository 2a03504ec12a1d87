#pragma once

#include <filesystem>

namespace volary {

/// A folder for what a measurement writes. The destructor removes it, with all that is in it.
class ScratchFolder {
 public:
  /// Throws Error if it can't be made in `parent`.
  explicit ScratchFolder(const std::filesystem::path& parent);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace volary
