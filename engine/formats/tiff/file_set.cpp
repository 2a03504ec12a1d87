#include "formats/tiff/file_set.h"

#include <utility>

namespace volary::tiff {

namespace {

// A view touches a band of planes at a time, as a rule one file each; a process may hold 1024 files open.
constexpr std::size_t kMaxOpenFiles = 128;

}  // namespace

FileSet::FileSet(std::vector<Location> files) : files_(std::move(files)), open_(kMaxOpenFiles) {}

std::shared_ptr<PageList> FileSet::open(std::size_t file) {
  return open_.findOrMake(file, [&] { return std::make_shared<PageList>(files_.at(file)); });
}

bool FileSet::isChanged(std::size_t file) {
  const auto isOther = [&](std::size_t key, const PageList& pages) {
    return key == file && !pages.file().bytes()->isAsOpened();
  };
  const std::size_t dropped = open_.eraseIf(isOther);
  const std::lock_guard lock(mutex_);
  if (dropped > 0) changed_.insert(file);
  return changed_.contains(file);
}

}  // namespace volary::tiff
