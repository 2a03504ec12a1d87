#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string_view>

namespace volary {

/// A file that appears under its name only when it is whole: written to a temporary file in the same folder,
/// then renamed. A device or pipe (/dev/stdout) is written in place.
///
/// Invariant: until commit() returns, nothing that stood at `path` has changed, and the destructor leaves no
/// temporary file. Writing never throws, because the image libraries call it from C: the first failure is
/// kept for commit().
class AtomicFile {
 public:
  /// Throws Error if the file can't be made: missing folder, no permission, `path` is a folder.
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Writes at the current position; false after a failure, of this or of an earlier call.
  bool write(std::span<const std::byte> bytes) noexcept;
  /// Moves to `offset` bytes from the start; false after a failure.
  bool seek(std::uint64_t offset) noexcept;
  std::uint64_t position() const noexcept;
  /// False once a call has failed.
  bool good() const noexcept { return errorNumber_ == 0; }

  /// Makes the file appear under its name. Throws Error, naming file and cause, if anything could not be
  /// written; then the temporary file is gone.
  void commit();

 private:
  std::filesystem::path path_;       ///< as the caller named it
  std::filesystem::path target_;     ///< with symbolic links followed
  std::filesystem::path temporary_;  ///< empty if written in place, or committed
  std::FILE* stream_ = nullptr;
  int errorNumber_ = 0;
};

/// Writes a file that holds `bytes`, whole or not at all. Throws Error as AtomicFile does.
void writeWhole(const std::filesystem::path& path, std::span<const std::byte> bytes);
inline void writeWhole(const std::filesystem::path& path, std::string_view text) {
  writeWhole(path, std::as_bytes(std::span(text)));
}

}  // namespace volary
