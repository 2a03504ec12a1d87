#pragma once

#include "pyramid/dataset.h"
#include "storage/file_lock.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace volary {

/// Where sidecars lie: $XDG_CACHE_HOME/volary/levels, or ~/.cache/volary/levels. Source: XDG Base Directory
/// Specification 0.8 (a relative path counts as none). Empty if the user has no home.
std::filesystem::path defaultSidecarRoot();

/// One sidecar's folder, ROOT/<digest of what it is made from>/:
///
/// levels        the levels, whole (sidecar/level_file.h); its time of last change is the time when it was last opened
/// levels.part   the same in the making; sums/ what its stages leave for the next
///     lock          locked by the process that makes it
class SidecarFolder {
 public:
  /// Touches nothing on the disk. `description` states all that the levels depend on.
  SidecarFolder(const std::filesystem::path& root, const std::string& description);
  SidecarFolder(const SidecarFolder&) = delete;
  SidecarFolder& operator=(const SidecarFolder&) = delete;

  std::filesystem::path levels() const { return path_ / "levels"; }
  std::filesystem::path part() const { return path_ / "levels.part"; }
  std::filesystem::path sums() const { return path_ / "sums"; }

  /// Makes the folder and locks it; false if another process has the lock. Throws Error if that can't be done.
  bool lock();
  void unlock() noexcept { lock_.unlock(); }

  /// Notes that the sidecar was used just now.
  void touch() const noexcept;
  /// Removes what is in the making.
  void removeParts() const noexcept;

 private:
  std::filesystem::path path_;
  FileLock lock_;
};

/// Removes the sidecars that were not used for the longest time until all take at most `maxBytes`; never one that is
/// locked, nor what `kept` describes. A file that another process has open stays readable for it. Errors are ignored.
void dropOldSidecars(const std::filesystem::path& root, std::uint64_t maxBytes, const SidecarFolder& kept);

}  // namespace volary
