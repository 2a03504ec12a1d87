#pragma once

#include "formats/hdf5/superblock.h"
#include "storage/location.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace volary::hdf5 {

/// An HDF5 file opened for reading, with no lock whatsoever: neither the file's nor the library's.
///
/// Immutable; any thread. Nothing is read beyond the file's size at opening; if it has become shorter since, reading
/// throws. A file that was removed or replaced since is still read. Errors of this class's functions lack the file's
/// name, except for the constructor's.
class File {
 public:
  /// Opens the file and reads its superblock. Throws Error, "FILE: cause".
  explicit File(Location location);

  const Location& location() const { return location_; }
  const std::shared_ptr<const ByteFile>& bytes() const { return bytes_; }
  std::uint64_t sizeBytes() const { return bytes_->sizeBytes(); }
  const Superblock& superblock() const { return superblock_; }
  Widths widths() const { return superblock_.widths; }

  /// False once somebody has written to the file, or put another one in its place.
  bool isAsOpened() const { return bytes_->isAsOpened(); }

  /// The position in the file of an HDF5 address. Throws Error, naming `what`, if `length` bytes are not there.
  std::uint64_t positionOf(std::uint64_t address, std::uint64_t length, const char* what) const;

  /// As ByteFile has it.
  void readAt(std::uint64_t position, std::span<std::byte> out) const { bytes_->readAt(position, out); }

  /// Reads a structure of metadata. Throws Error, naming `what`, if it is not wholly in the file or is absurdly large.
  std::vector<std::byte> readBlock(std::uint64_t address, std::uint64_t length, const char* what) const;

  /// Like readBlock, but if the file ends earlier, so does the block.
  std::vector<std::byte> readBlockUpTo(std::uint64_t address, std::uint64_t length, const char* what) const;

 private:
  Location location_;
  std::shared_ptr<const ByteFile> bytes_;
  Superblock superblock_;
};

}  // namespace volary::hdf5
