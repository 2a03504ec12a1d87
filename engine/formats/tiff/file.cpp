#include "formats/tiff/file.h"

#include "base/error.h"

#include <array>
#include <bit>

namespace volary::tiff {

ByteOrder nativeByteOrder() { return std::endian::native == std::endian::little ? ByteOrder::little : ByteOrder::big; }

File::File(Location location) : location_(std::move(location)), bytes_(location_.open()) { readHeader(); }

// TIFF 6.0, section 2, "Image File Header"; the BigTIFF design, "Header".
void File::readHeader() {
  std::array<std::byte, 16> header{};
  const std::size_t there = readUpTo(0, header);
  const auto is = [&](char first, char second) {
    return header[0] == static_cast<std::byte>(first) && header[1] == static_cast<std::byte>(second);
  };
  if (there < 8 || (!is('I', 'I') && !is('M', 'M'))) fail("{}: this is not a TIFF file", location_.text());
  byteOrder_ = is('I', 'I') ? ByteOrder::little : ByteOrder::big;
  const std::span<const std::byte> bytes = header;
  const std::uint64_t version = number(bytes.subspan(2, 2));
  if (version == 42) {
    firstDirectory_ = number(bytes.subspan(4, 4));
    return;
  }
  if (version != 43 || there < 16 || number(bytes.subspan(4, 2)) != 8)
    fail("{}: this is not a TIFF file: its version is {}", location_.text(), version);
  variant_ = Variant::big;
  firstDirectory_ = number(bytes.subspan(8, 8));
}

void File::readAt(std::uint64_t position, std::span<std::byte> out) const {
  nameInErrors(location_, [&] { bytes_->readAt(position, out); });
}

std::size_t File::readUpTo(std::uint64_t position, std::span<std::byte> out) const {
  return nameInErrors(location_, [&] { return bytes_->readUpTo(position, out); });
}

std::uint64_t File::number(std::span<const std::byte> bytes) const {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::byte next = byteOrder_ == ByteOrder::big ? bytes[i] : bytes[bytes.size() - 1 - i];
    value = value << 8 | std::to_integer<std::uint64_t>(next);
  }
  return value;
}

}  // namespace volary::tiff
