#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace volary::hdf5 {

/// The address that stands for "nowhere": all bits set, in whatever width the file uses.
inline constexpr std::uint64_t kUndefinedAddress = ~std::uint64_t{0};

/// A length or extent without a limit: all bits set, in whatever width the file uses.
inline constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};

/// How many bytes an address and a length take in a file (HDF5 file format, II.A "Size of Offsets", "Size of Lengths").
struct Widths {
  unsigned offset = 8;
  unsigned length = 8;
};

/// Walks over bytes of a file, little endian as all of HDF5's metadata, and never past their end.
///
/// Does not own the bytes. Every function throws Error, naming `what`, if the bytes end too early.
class Cursor {
 public:
  /// `what` names the structure in errors, for example "B-tree node"; static text.
  Cursor(std::span<const std::byte> bytes, Widths widths, std::string_view what)
      : bytes_(bytes), widths_(widths), what_(what) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }

  /// An unsigned number of `width` bytes, 0 to 8.
  std::uint64_t number(unsigned width);

  /// An address; kUndefinedAddress if all its bits are set.
  std::uint64_t address() { return allOnesWidened(widths_.offset); }

  /// A length; kUnlimited if all its bits are set.
  std::uint64_t length() { return allOnesWidened(widths_.length); }

  std::span<const std::byte> take(std::uint64_t count);
  void skip(std::uint64_t count) { take(count); }

  /// Text of `count` bytes, up to the first NUL.
  std::string text(std::uint64_t count);

  /// Text up to a NUL, which is passed.
  std::string terminatedText();

  /// Passes the letters of `signature`; throws Error if there are others.
  void expectSignature(std::string_view signature);

  /// Passes a byte; throws Unsupported if it is not `version`.
  void expectVersion(unsigned version);

  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }
  Widths widths() const { return widths_; }
  std::string_view what() const { return what_; }

 private:
  std::uint64_t allOnesWidened(unsigned width);

  std::span<const std::byte> bytes_;
  Widths widths_;
  std::string_view what_;
  std::size_t position_ = 0;
};

}  // namespace volary::hdf5
