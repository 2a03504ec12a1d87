#pragma once

#include "storage/location.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace volary::tiff {

enum class ByteOrder : std::uint8_t { little, big };

/// Classic TIFF has offsets of 32 bits, BigTIFF of 64.
enum class Variant : std::uint8_t { classic, big };

/// An opened TIFF or BigTIFF file: its bytes and its header.
///
/// Immutable; any thread. Nothing is read outside of the file as it was when opened. Errors name the file.
class File {
 public:
  /// Opens the file and reads its header. Throws Error if it can't be read or is no TIFF file.
  explicit File(Location location);

  const Location& location() const { return location_; }
  const std::shared_ptr<const ByteFile>& bytes() const { return bytes_; }
  std::uint64_t sizeBytes() const { return bytes_->sizeBytes(); }
  ByteOrder byteOrder() const { return byteOrder_; }
  Variant variant() const { return variant_; }
  std::uint64_t firstDirectory() const { return firstDirectory_; }

  /// As ByteFile has them.
  void readAt(std::uint64_t position, std::span<std::byte> out) const;
  std::size_t readUpTo(std::uint64_t position, std::span<std::byte> out) const;

  /// An unsigned number of the file's byte order; as wide as `bytes`, at most 8.
  std::uint64_t number(std::span<const std::byte> bytes) const;

 private:
  void readHeader();

  Location location_;
  std::shared_ptr<const ByteFile> bytes_;
  std::uint64_t firstDirectory_ = 0;
  ByteOrder byteOrder_ = ByteOrder::little;
  Variant variant_ = Variant::classic;
};

/// The byte order that this machine's numbers have.
ByteOrder nativeByteOrder();

}  // namespace volary::tiff
