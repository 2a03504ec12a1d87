#include "formats/arrays/stored_file.h"

#include "base/bytes.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace volary::arrays {

std::filesystem::path absoluteOf(const std::filesystem::path& picked) {
  std::error_code error;
  std::filesystem::path absolute = std::filesystem::absolute(picked, error).lexically_normal();
  if (error) absolute = picked;
  // "a/b/" ends in an empty name.
  return absolute.has_filename() ? absolute : absolute.parent_path();
}

std::filesystem::path pathInside(const std::filesystem::path& folder, const std::filesystem::path& relative) {
  const std::filesystem::path normal = relative.lexically_normal();
  if (normal.is_absolute() || (!normal.empty() && *normal.begin() == "..") ||
      relative.native().find('\0') != std::string::npos)
    fail("the path \"{}\" leads out of the folder", relative.string());
  return normal.empty() || normal == "." ? folder : folder / normal;
}

std::optional<StoredFile> StoredFile::find(const std::filesystem::path& file) {
  // Without O_NONBLOCK, opening a FIFO would wait for a writer.
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    fail("{}", systemErrorText(errno));
  }
  StoredFile opened(descriptor, 0);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) fail("{}", systemErrorText(errno));
  if (!S_ISREG(status.st_mode)) fail("this is not a regular file");
  opened.sizeBytes_ = static_cast<std::uint64_t>(status.st_size);
  return opened;
}

StoredFile::~StoredFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

StoredFile::StoredFile(StoredFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), sizeBytes_(other.sizeBytes_) {}

void StoredFile::readAt(std::uint64_t position, std::span<std::byte> out) const {
  if (position > sizeBytes_ || out.size() > sizeBytes_ - position)
    fail("{} bytes at {} are beyond the end of the file, which has {}", out.size(), position, sizeBytes_);
  while (!out.empty()) {
    const ssize_t count = ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(position));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("{} bytes at {} can't be read: {}", out.size(), position, systemErrorText(errno));
    if (count == 0) fail("the file has become shorter, {} bytes at {} are gone", out.size(), position);
    out = out.subspan(static_cast<std::size_t>(count));
    position += static_cast<std::uint64_t>(count);
  }
}

std::optional<std::vector<std::byte>> findFileBytes(const std::filesystem::path& file, std::uint64_t maxBytes) {
  const std::optional<StoredFile> opened = StoredFile::find(file);
  if (!opened) return std::nullopt;
  if (opened->sizeBytes() > maxBytes)
    fail("the file has {}, more than {} is absurd", formatBytes(opened->sizeBytes()), formatBytes(maxBytes));
  std::vector<std::byte> bytes(opened->sizeBytes());
  opened->readAt(0, bytes);
  return bytes;
}

std::optional<std::uint64_t> findFileSize(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace volary::arrays
