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

/// Bounds on the files of a folder that are looked at, because a store may have any number of them. (A writer that
/// replaces a file changes the time of its folder.)
constexpr int kDeepest = 2;
constexpr std::size_t kMostFiles = 20000;

/// A line with name, size and time of last change in nanoseconds; empty if there is nothing.
std::string describeFile(const fs::path& path) {
  std::error_code error;
  const fs::file_time_type changed = fs::last_write_time(path, error);
  if (error) return {};
  const std::uintmax_t bytes = fs::is_directory(path, error) ? 0 : fs::file_size(path, error);
  return fmt::format("{} {} {}\n", path.string(), error ? 0 : bytes, changed.time_since_epoch().count());
}

void describeFolder(const fs::path& folder, int depth, std::size_t& left, std::string& text) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end && entries.size() < left; at.increment(error))
    entries.push_back(at->path());
  std::ranges::sort(entries);
  left -= entries.size();
  for (const fs::path& entry : entries) {
    text += describeFile(entry);
    if (depth < kDeepest && fs::is_directory(entry, error)) describeFolder(entry, depth + 1, left, text);
  }
}

/// BigDataViewer's XML names files beside it.
void describeNeighbours(const fs::path& xml, std::size_t& left, std::string& text) {
  const std::string stem = xml.stem().string();
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator at(xml.parent_path(), error), end; !error && at != end && entries.size() < left;
       at.increment(error))
    if (at->path() != xml && at->path().filename().string().starts_with(stem)) entries.push_back(at->path());
  std::ranges::sort(entries);
  left -= entries.size();
  for (const fs::path& entry : entries) {
    text += describeFile(entry);
    if (fs::is_directory(entry, error)) describeFolder(entry, 1, left, text);
  }
}

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

std::optional<std::string> identifyFiles(const fs::path& location) {
  std::error_code error;
  const fs::path path = fs::canonical(location, error);
  if (error) return std::nullopt;
  std::string text = describeFile(path);
  std::size_t left = kMostFiles;
  if (fs::is_directory(path, error)) describeFolder(path, 0, left, text);
  // Any file of a set of OME-TIFF files opens the set.
  if (path.filename().string().find(".ome.") != std::string::npos)
    describeFolder(path.parent_path(), kDeepest, left, text);
  if (path.extension() == ".xml") describeNeighbours(path, left, text);
  return text;
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
