#include "formats/hdf5/file.h"

#include "formats/hdf5/named_errors.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace volary::hdf5 {

namespace {

// The largest sound structure is the heap of names of a group: this is enough for millions of links.
constexpr std::uint64_t kMaxBlockBytes = std::uint64_t{256} << 20;

}  // namespace

File::File(std::filesystem::path path) : path_(std::move(path)) {
  // Without O_NONBLOCK, opening a FIFO would wait for a writer.
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) fail("{}: {}", path_.string(), systemErrorText(errno));
  try {
    if (::fstat(descriptor_, &opened_) != 0) fail("{}: {}", path_.string(), systemErrorText(errno));
    if (!S_ISREG(opened_.st_mode)) fail("{}: this is not a regular file", path_.string());
    sizeBytes_ = static_cast<std::uint64_t>(opened_.st_size);
    nameFileInErrors(path_, [&] {
      superblock_ = readSuperblock(*this);
      readSuperblockExtension(*this, superblock_);
    });
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

File::~File() { ::close(descriptor_); }

bool File::isAsOpened() const {
  struct stat now {};
  const auto isSame = [&] { return now.st_dev == opened_.st_dev && now.st_ino == opened_.st_ino; };
  if (::stat(path_.c_str(), &now) != 0 || !isSame()) return false;
  return now.st_size == opened_.st_size && now.st_mtim.tv_sec == opened_.st_mtim.tv_sec &&
         now.st_mtim.tv_nsec == opened_.st_mtim.tv_nsec;
}

std::uint64_t File::positionOf(std::uint64_t address, std::uint64_t length, const char* what) const {
  const std::uint64_t end = sizeBytes_ - superblock_.baseAddress;
  if (address > end || length > end - address)
    fail("a {} is said to stand outside of the file, {} bytes at {}", what, length, address);
  return superblock_.baseAddress + address;
}

void File::readAt(std::uint64_t position, std::span<std::byte> out) const {
  if (position > sizeBytes_ || out.size() > sizeBytes_ - position)
    fail("{} bytes at {} are beyond the end of the file", out.size(), position);
  while (!out.empty()) {
    const ssize_t count = ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(position));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      throw ReadError(fmt::format("{} bytes at {} can't be read: {}", out.size(), position, systemErrorText(errno)));
    if (count == 0)
      throw ReadError(fmt::format("the file has become shorter, {} bytes at {} are gone", out.size(), position));
    out = out.subspan(static_cast<std::size_t>(count));
    position += static_cast<std::uint64_t>(count);
  }
}

void File::expect(std::uint64_t position, std::uint64_t bytes) const noexcept {
  ::posix_fadvise(descriptor_, static_cast<off_t>(position), static_cast<off_t>(bytes), POSIX_FADV_WILLNEED);
}

std::vector<std::byte> File::readBlock(std::uint64_t address, std::uint64_t length, const char* what) const {
  const std::uint64_t position = positionOf(address, length, what);
  if (length > kMaxBlockBytes) fail("a {} is said to take {} bytes, which is absurd", what, length);
  std::vector<std::byte> block(length);
  readAt(position, block);
  return block;
}

std::vector<std::byte> File::readBlockUpTo(std::uint64_t address, std::uint64_t length, const char* what) const {
  const std::uint64_t start = positionOf(address, 0, what);
  return readBlock(address, std::min(length, sizeBytes_ - start), what);
}

}  // namespace volary::hdf5
