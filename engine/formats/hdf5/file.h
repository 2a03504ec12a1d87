#pragma once

#include "base/error.h"
#include "formats/hdf5/superblock.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <sys/stat.h>

namespace volary::hdf5 {

/// The system did not give the bytes, which says nothing about what the file holds: it may do so another time.
class ReadError : public Error {
 public:
  using Error::Error;
};

/// An HDF5 file opened for reading, with no lock whatsoever: neither the file's nor the library's.
///
/// Immutable; any thread. Nothing is read outside of the file as it was when opened; where it has become shorter since,
/// reading throws. One that was removed or replaced by another of its name is still read. Errors of this class's
/// functions lack the file's name, except for the constructor's.
class File {
 public:
  /// Opens the file and reads its superblock. Throws Error, "FILE: cause".
  explicit File(std::filesystem::path path);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t sizeBytes() const { return sizeBytes_; }
  const Superblock& superblock() const { return superblock_; }
  Widths widths() const { return superblock_.widths; }

  /// False once somebody has written to the file, or put another one in its place.
  bool isAsOpened() const;

  /// The position in the file of an HDF5 address. Throws Error, naming `what`, if `length` bytes are not there.
  std::uint64_t positionOf(std::uint64_t address, std::uint64_t length, const char* what) const;

  /// Reads the bytes from `position` on. Throws Error if the file has no such bytes; ReadError if it had them when
  /// opened.
  void readAt(std::uint64_t position, std::span<std::byte> out) const;

  /// Lets the system bring these bytes near while we do something else. Never waits, never fails.
  void expect(std::uint64_t position, std::uint64_t bytes) const noexcept;

  /// Reads a structure of metadata. Throws Error, naming `what`, if it is not all in the file or is absurdly large.
  std::vector<std::byte> readBlock(std::uint64_t address, std::uint64_t length, const char* what) const;

  /// Like readBlock, but where the file ends earlier, so does the block.
  std::vector<std::byte> readBlockUpTo(std::uint64_t address, std::uint64_t length, const char* what) const;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t sizeBytes_ = 0;
  struct stat opened_ {};
  Superblock superblock_;
};

}  // namespace volary::hdf5
