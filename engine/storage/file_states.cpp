#include "storage/file_states.h"

#include <algorithm>
#include <system_error>

namespace volary {

namespace {

constexpr int kDeepest = 2;
constexpr std::size_t kMostEntries = 20000;

/// The same file by another path has the same lines.
Location withoutLinks(const Location& location) {
  const auto path = location.localPath();
  if (!path) return location;
  std::error_code error;
  const std::filesystem::path canonical = std::filesystem::canonical(*path, error);
  return error ? location : Location(canonical);
}

std::string describe(const Location& location, const FileVersion& version) {
  // The tag of a file on a disk has the disk's number, which may be another one tomorrow.
  const std::string changed = version.modifiedNs != 0 ? std::to_string(version.modifiedNs) : version.tag;
  return fmt::format("{} {} {}\n", location.text(), version.sizeBytes, changed);
}

void describeEntries(const Location& folder, int depth, std::size_t& left, std::string& text) {
  std::vector<StoreEntry> entries = folder.list().value_or(std::vector<StoreEntry>());
  std::ranges::sort(entries, {}, &StoreEntry::name);
  entries.resize(std::min(entries.size(), left));
  left -= entries.size();
  for (const StoreEntry& entry : entries) {
    const Location location = folder / entry.name;
    text += describe(location, location.findVersion().value_or(FileVersion()));
    if (entry.kind == EntryKind::folder && depth < kDeepest) describeEntries(location, depth + 1, left, text);
  }
}

}  // namespace

std::optional<std::string> describeStates(std::span<const Location> locations) {
  std::string text;
  std::size_t left = kMostEntries;
  bool anyIsThere = false;
  for (const Location& named : locations) {
    const Location location = withoutLinks(named);
    const std::optional<FileVersion> version = location.findVersion();
    const bool isFolder = location.isFolder();
    anyIsThere |= version || isFolder;
    text += describe(location, version.value_or(FileVersion()));
    if (isFolder) describeEntries(location, 0, left, text);
  }
  return anyIsThere ? std::optional(text) : std::nullopt;
}

std::optional<std::uint64_t> totalBytes(std::span<const Location> files) {
  std::uint64_t bytes = 0;
  for (const Location& file : files) {
    const std::optional<FileVersion> version = file.findVersion();
    if (!version || file.isFolder()) return std::nullopt;
    bytes += version->sizeBytes;
  }
  return files.empty() ? std::nullopt : std::optional(bytes);
}

}  // namespace volary
