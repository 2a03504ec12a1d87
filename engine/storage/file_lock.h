#pragma once

#include <filesystem>

namespace volary {

/// A file by which processes keep out of each other's way. Some network file systems know no locks; there everybody
/// gets what they ask for, and the user's own care is all there is.
class FileLock {
 public:
  enum class Sharing : unsigned char { alone, together };

  FileLock() = default;
  ~FileLock() { unlock(); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  /// False if another process has it. Throws Error, "FILE: cause", if the file can't be made or opened.
  bool tryLock(const std::filesystem::path& path, Sharing sharing);
  /// Waits for it, and has it alone. False if the folder is gone meanwhile.
  bool waitForLock(const std::filesystem::path& path);
  void unlock() noexcept;
  /// Whether another process has a lock that exists.
  static bool isTaken(const std::filesystem::path& path) noexcept;

 private:
  int descriptor_ = -1;
};

}  // namespace volary
