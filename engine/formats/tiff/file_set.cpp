#include "formats/tiff/file_set.h"

#include <algorithm>

namespace volary::tiff {

namespace {

// A view touches a band of planes at a time, as a rule one file each; a process may hold 1024 files open.
constexpr std::size_t kMaxOpenFiles = 128;

}  // namespace

/// Under the lock.
std::shared_ptr<PageList> FileSet::findRecent(std::size_t file) {
  const auto found = std::ranges::find(recent_, file, [](const auto& entry) { return entry.first; });
  if (found == recent_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found);
  return recent_.front().second;
}

std::shared_ptr<PageList> FileSet::open(std::size_t file) {
  {
    const std::lock_guard lock(mutex_);
    if (std::shared_ptr<PageList> pages = findRecent(file)) return pages;
  }
  auto opened = std::make_shared<PageList>(files_.at(file));
  // If two threads came here for the same file, the first one's stays: its pages are indexed once.
  const std::lock_guard lock(mutex_);
  if (std::shared_ptr<PageList> pages = findRecent(file)) return pages;
  recent_.emplace_front(file, std::move(opened));
  if (recent_.size() > kMaxOpenFiles) recent_.pop_back();
  return recent_.front().second;
}

}  // namespace volary::tiff
