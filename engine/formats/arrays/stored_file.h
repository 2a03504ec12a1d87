#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace volary::arrays {

/// Calls `action`; an Error of it gets the path in front, "FILE: cause".
template <typename Action>
auto nameInErrors(const std::filesystem::path& file, Action action) {
  try {
    return action();
  } catch (const Error& error) {
    const std::string_view words = error.what();
    if (words.starts_with(file.string())) throw;
    fail("{}: {}", file.string(), words);
  }
}

/// What the user picked as an absolute path without "." and "..", nor a "/" at its end.
std::filesystem::path absoluteOf(const std::filesystem::path& picked);

/// `relative`, as a file's metadata states it, below `folder`. Throws Error if it is absolute or leads out of the
/// folder.
std::filesystem::path pathInside(const std::filesystem::path& folder, const std::filesystem::path& relative);

/// A regular file, open for reading at any place. Any thread.
class StoredFile {
 public:
  /// Nothing if there is no such file. Throws Error (without the file's name) if it can't be opened or is not regular.
  static std::optional<StoredFile> find(const std::filesystem::path& file);
  ~StoredFile();
  StoredFile(StoredFile&& other) noexcept;
  StoredFile& operator=(StoredFile&&) = delete;

  std::uint64_t sizeBytes() const { return sizeBytes_; }

  /// Fills `out` from `position` on. Throws Error (without the file's name) if that is not all in the file.
  void readAt(std::uint64_t position, std::span<std::byte> out) const;

 private:
  StoredFile(int descriptor, std::uint64_t sizeBytes) : descriptor_(descriptor), sizeBytes_(sizeBytes) {}

  int descriptor_;
  std::uint64_t sizeBytes_;
};

/// All bytes of a file; nothing if there is no such file. Throws Error (without the file's name) if it can't be read or
/// is larger than `maxBytes`.
std::optional<std::vector<std::byte>> findFileBytes(const std::filesystem::path& file, std::uint64_t maxBytes);

/// The size of a file; nothing if there is no such file.
std::optional<std::uint64_t> findFileSize(const std::filesystem::path& file);

}  // namespace volary::arrays
