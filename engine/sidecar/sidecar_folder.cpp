#include "sidecar/sidecar_folder.h"

#include "base/error.h"
#include "base/os/user_folder.h"
#include "pyramid/digest.h"

#include <algorithm>
#include <system_error>
#include <vector>

namespace volary {

namespace fs = std::filesystem;

namespace {

std::uint64_t bytesIn(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code sizeError;
    const std::uint64_t size = fs::file_size(at->path(), sizeError);
    if (!sizeError) bytes += size;
  }
  return bytes;
}

/// The time of the levels, or else of the folder.
fs::file_time_type lastUse(const fs::path& folder) {
  std::error_code error;
  const auto time = fs::last_write_time(folder / "levels", error);
  if (!error) return time;
  const auto made = fs::last_write_time(folder, error);
  return error ? fs::file_time_type::min() : made;
}

}  // namespace

fs::path defaultSidecarRoot() {
  const fs::path cache = os::findUserFolder(os::UserFolder::cache);
  return cache.empty() ? cache : cache / "levels";
}

SidecarFolder::SidecarFolder(const fs::path& root, const std::string& description)
    : path_(root / digestOf(description)) {}

bool SidecarFolder::lock() {
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) fail("{}: {}", path_.string(), error.message());
  return lock_.tryLock(path_ / "lock", FileLock::Sharing::alone);
}

void SidecarFolder::touch() const noexcept {
  std::error_code error;
  fs::last_write_time(levels(), fs::file_time_type::clock::now(), error);
}

void SidecarFolder::removeParts() const noexcept {
  std::error_code error;
  fs::remove(part(), error);
  fs::remove_all(sums(), error);
}

void dropOldSidecars(const fs::path& root, std::uint64_t maxBytes, const SidecarFolder& kept) {
  struct Old {
    fs::path folder;
    std::uint64_t bytes;
    fs::file_time_type used;
  };
  std::vector<Old> all;
  std::uint64_t total = 0;
  std::error_code error;
  for (fs::directory_iterator at(root, error), end; !error && at != end; at.increment(error)) {
    all.push_back({at->path(), bytesIn(at->path()), lastUse(at->path())});
    total += all.back().bytes;
  }
  std::ranges::sort(all, {}, &Old::used);
  for (const Old& old : all) {
    if (total <= maxBytes) return;
    if (old.folder == kept.levels().parent_path()) continue;
    if (FileLock::isTaken(old.folder / "lock")) continue;
    fs::remove_all(old.folder, error);
    total -= old.bytes;
  }
}

}  // namespace volary
