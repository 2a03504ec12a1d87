#include "storage/random_file.h"

#include "base/error.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace volary {

namespace fs = std::filesystem;

namespace {

// Without O_NONBLOCK, opening a FIFO would wait for somebody at its other end.
constexpr int kAlways = O_CLOEXEC | O_NONBLOCK;

}  // namespace

RandomFile RandomFile::create(const fs::path& path, Existing existing) {
  const int flags = O_RDWR | O_CREAT | kAlways | (existing == Existing::truncate ? O_TRUNC : 0);
  int descriptor = ::open(path.c_str(), flags, 0666);
  if (descriptor < 0 && errno == ENOENT) {
    std::error_code ignored;
    fs::create_directories(path.parent_path(), ignored);
    descriptor = ::open(path.c_str(), flags, 0666);
  }
  if (descriptor < 0) fail("{}", systemErrorText(errno));
  RandomFile file(descriptor);
  file.checkKind();
  return file;
}

std::optional<RandomFile> RandomFile::findForReading(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | kAlways);
  if (descriptor < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (descriptor < 0) fail("{}", systemErrorText(errno));
  RandomFile file(descriptor);
  file.checkKind();
  return file;
}

void RandomFile::checkKind() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail("{}", systemErrorText(errno));
  if (!S_ISREG(status.st_mode)) fail("this is not a regular file");
}

RandomFile::~RandomFile() { close(); }

RandomFile::RandomFile(RandomFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

RandomFile& RandomFile::operator=(RandomFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

std::uint64_t RandomFile::sizeBytes() const noexcept {
  struct stat status {};
  return ::fstat(descriptor_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

RandomFile::ReadCount RandomFile::readUpTo(std::uint64_t position, std::span<std::byte> out) const noexcept {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t count =
        ::pread(descriptor_, out.data() + done, out.size() - done, static_cast<off_t>(position + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return {.bytes = done, .errorNumber = errno};
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return {.bytes = done};
}

int RandomFile::write(std::uint64_t position, std::span<const std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(position));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count == 0 ? ENOSPC : errno;
    position += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return 0;
}

int RandomFile::truncate(std::uint64_t bytes) noexcept {
  return ::ftruncate(descriptor_, static_cast<off_t>(bytes)) == 0 ? 0 : errno;
}

int RandomFile::sync() noexcept { return ::fsync(descriptor_) == 0 ? 0 : errno; }

RandomFile::Locked RandomFile::lock() noexcept {
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return Locked::yes;
  return errno == EWOULDBLOCK ? Locked::byAnother : Locked::notKnown;
}

int RandomFile::closeKeepingLock() noexcept {
  // The lock belongs to what both refer to.
  const int descriptor = std::exchange(descriptor_, ::dup(descriptor_));
  return ::close(descriptor) == 0 ? 0 : errno;
}

int RandomFile::close() noexcept {
  const int descriptor = std::exchange(descriptor_, -1);
  return descriptor < 0 || ::close(descriptor) == 0 ? 0 : errno;
}

}  // namespace volary
