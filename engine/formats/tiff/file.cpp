#include "formats/tiff/file.h"

#include "base/error.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace volary::tiff {

ByteOrder nativeByteOrder() { return std::endian::native == std::endian::little ? ByteOrder::little : ByteOrder::big; }

File::File(std::filesystem::path path) : path_(std::move(path)) {
  // Without O_NONBLOCK, opening a FIFO would wait for a writer.
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) fail("{}: {}", path_.string(), systemErrorText(errno));
  try {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) fail("{}: {}", path_.string(), systemErrorText(errno));
    if (!S_ISREG(status.st_mode)) fail("{}: this is not a regular file", path_.string());
    sizeBytes_ = static_cast<std::uint64_t>(status.st_size);
    readHeader();
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

File::~File() { ::close(descriptor_); }

// TIFF 6.0, section 2, "Image File Header"; the BigTIFF design, "Header".
void File::readHeader() {
  std::array<std::byte, 16> header{};
  const std::size_t there = readUpTo(0, header);
  const auto is = [&](char first, char second) {
    return header[0] == static_cast<std::byte>(first) && header[1] == static_cast<std::byte>(second);
  };
  if (there < 8 || (!is('I', 'I') && !is('M', 'M'))) fail("{}: this is not a TIFF file", path_.string());
  byteOrder_ = is('I', 'I') ? ByteOrder::little : ByteOrder::big;
  const std::span<const std::byte> bytes = header;
  const std::uint64_t version = number(bytes.subspan(2, 2));
  if (version == 42) {
    firstDirectory_ = number(bytes.subspan(4, 4));
    return;
  }
  if (version != 43 || there < 16 || number(bytes.subspan(4, 2)) != 8)
    fail("{}: this is not a TIFF file: its version is {}", path_.string(), version);
  variant_ = Variant::big;
  firstDirectory_ = number(bytes.subspan(8, 8));
}

void File::readAt(std::uint64_t position, std::span<std::byte> out) const {
  if (position > sizeBytes_ || out.size() > sizeBytes_ - position)
    fail("{}: {} bytes at {} are beyond the end of the file", path_.string(), out.size(), position);
  while (!out.empty()) {
    const ssize_t count = ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(position));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      fail("{}: {} bytes at {} can't be read: {}", path_.string(), out.size(), position, systemErrorText(errno));
    if (count == 0)
      fail("{}: the file has become shorter, {} bytes at {} are gone", path_.string(), out.size(), position);
    out = out.subspan(static_cast<std::size_t>(count));
    position += static_cast<std::uint64_t>(count);
  }
}

std::size_t File::readUpTo(std::uint64_t position, std::span<std::byte> out) const {
  if (position >= sizeBytes_) return 0;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), sizeBytes_ - position));
  readAt(position, out.first(count));
  return count;
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
