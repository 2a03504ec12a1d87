#include "storage/atomic_file.h"

#include "base/error.h"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <random>

namespace volary {

namespace fs = std::filesystem;

namespace {

// Beside the target, because a rename works only within one file system; short, because the target's name may
// already be as long as the file system allows. By chance, because processes of other machines or containers, which
// share the folder, may have the same number.
fs::path temporaryPath(const fs::path& target) {
  std::random_device random;
  return target.parent_path() / fmt::format(".volary-{:08x}{:08x}.part", random(), random());
}

// Like open() of the libraries: an existing file's permission counts, although a rename would not ask for it.
void checkTarget(const fs::path& path, const fs::path& target, const fs::file_status& status) {
  if (fs::is_directory(status)) fail("{}: this is a folder, not a file that could be written", path.string());
  const fs::path folder = target.parent_path();
  std::error_code ignored;
  if (!folder.empty() && !fs::is_directory(folder, ignored))
    fail("{}: the folder {} does not exist", path.string(), folder.string());
  if (fs::exists(status) && ::access(target.c_str(), W_OK) != 0)
    fail("{}: can't be written: {}", path.string(), systemErrorText(errno));
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& path) : path_(path), target_(path) {
  if (path.empty()) fail("the output file has an empty name");
  std::error_code ignored;
  if (fs::is_symlink(path, ignored)) target_ = fs::weakly_canonical(path, ignored);
  const fs::file_status status = fs::status(target_, ignored);
  checkTarget(path_, target_, status);

  const bool inPlace = fs::exists(status) && !fs::is_regular_file(status);
  if (!inPlace) temporary_ = temporaryPath(target_);
  const int flags = inPlace ? O_WRONLY | O_CLOEXEC : O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  const int file = ::open(inPlace ? target_.c_str() : temporary_.c_str(), flags, 0666);
  if (file >= 0) stream_ = ::fdopen(file, "wb");
  if (stream_) return;
  const int errorNumber = errno;
  if (file >= 0) ::close(file);
  if (file >= 0 && !inPlace) ::unlink(temporary_.c_str());
  fail("{}: can't be written: {}", path_.string(), systemErrorText(errorNumber));
}

AtomicFile::~AtomicFile() {
  if (stream_) std::fclose(stream_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

bool AtomicFile::write(std::span<const std::byte> bytes) noexcept {
  // An empty span may have no address, and fwrite must be given one.
  const bool writes = errorNumber_ == 0 && !bytes.empty();
  if (writes && std::fwrite(bytes.data(), 1, bytes.size(), stream_) != bytes.size()) errorNumber_ = errno;
  return errorNumber_ == 0;
}

bool AtomicFile::seek(std::uint64_t offset) noexcept {
  if (errorNumber_ == 0 && ::fseeko(stream_, static_cast<off_t>(offset), SEEK_SET) != 0) errorNumber_ = errno;
  return errorNumber_ == 0;
}

std::uint64_t AtomicFile::position() const noexcept { return static_cast<std::uint64_t>(::ftello(stream_)); }

void AtomicFile::commit() {
  // A full disk may show only when the last buffer is flushed, or at close.
  if (std::fflush(stream_) != 0 && errorNumber_ == 0) errorNumber_ = errno;
  if (std::fclose(stream_) != 0 && errorNumber_ == 0) errorNumber_ = errno;
  stream_ = nullptr;
  if (errorNumber_ == 0 && !temporary_.empty() && ::rename(temporary_.c_str(), target_.c_str()) != 0)
    errorNumber_ = errno;
  if (errorNumber_ != 0) fail("{}: can't be written: {}", path_.string(), systemErrorText(errorNumber_));
  temporary_.clear();
}

void writeWhole(const fs::path& path, std::span<const std::byte> bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace volary
