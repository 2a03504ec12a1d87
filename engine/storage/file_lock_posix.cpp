#include "storage/file_lock.h"

#include "base/error.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace volary {

namespace {

int openLock(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0 && errno != ENOENT) fail("{}: can't be written: {}", path.string(), systemErrorText(errno));
  return descriptor;
}

}  // namespace

bool FileLock::tryLock(const std::filesystem::path& path, Sharing sharing) {
  unlock();
  descriptor_ = openLock(path);
  if (descriptor_ < 0) fail("{}: can't be written: {}", path.string(), systemErrorText(ENOENT));
  const int operation = sharing == Sharing::alone ? LOCK_EX : LOCK_SH;
  if (::flock(descriptor_, operation | LOCK_NB) == 0 || errno != EWOULDBLOCK) return true;
  unlock();
  return false;
}

bool FileLock::waitForLock(const std::filesystem::path& path) {
  unlock();
  descriptor_ = openLock(path);
  if (descriptor_ < 0) return false;
  while (::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
  }
  return true;
}

void FileLock::unlock() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

bool FileLock::isTaken(const std::filesystem::path& path) noexcept {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool taken = ::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(descriptor);
  return taken;
}

}  // namespace volary
