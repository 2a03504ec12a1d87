#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

namespace volary {

/// A file of this machine that is written, and read, at any place. Each function returns the system's error number
/// (errno), 0 if there is none: whoever writes step by step decides when that becomes a sentence.
///
/// One thread writes at a time; any thread reads, and may do so meanwhile.
class RandomFile {
 public:
  enum class Existing : unsigned char { keep, truncate };

  /// Makes the file if it is not there, with the missing folders above it. Throws Error, the cause alone, if it can't,
  /// or if something is there that is no regular file.
  static RandomFile create(const std::filesystem::path& path, Existing existing);
  /// Nothing if there is no such file. Throws Error, the cause alone, if it can't be opened or is no regular file.
  static std::optional<RandomFile> findForReading(const std::filesystem::path& path);
  ~RandomFile();
  RandomFile(RandomFile&& other) noexcept;
  RandomFile& operator=(RandomFile&& other) noexcept;

  std::uint64_t sizeBytes() const noexcept;
  struct ReadCount {
    std::size_t bytes = 0;
    int errorNumber = 0;
  };
  /// Reads up to out.size() bytes; fewer where the file ends, or can't be read: only then the error number is not 0.
  ReadCount readUpTo(std::uint64_t position, std::span<std::byte> out) const noexcept;
  int write(std::uint64_t position, std::span<const std::byte> bytes) noexcept;
  int truncate(std::uint64_t bytes) noexcept;
  /// Returns when the bytes are safe on the disk.
  int sync() noexcept;

  enum class Locked : unsigned char { yes, byAnother, notKnown };
  /// Locks the file for this process, until it is closed. notKnown: the file system knows no locks.
  Locked lock() noexcept;
  /// Closes the file, where a full disk may show only then; its lock stays until this is gone.
  int closeKeepingLock() noexcept;
  int close() noexcept;

 private:
  explicit RandomFile(int descriptor) : descriptor_(descriptor) {}
  /// Throws Error if what was opened is no regular file.
  void checkKind() const;

  int descriptor_ = -1;
};

}  // namespace volary
