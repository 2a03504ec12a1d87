#pragma once

#include "base/recently_used.h"
#include "formats/tiff/page_list.h"
#include "storage/location.h"

#include <cstddef>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

namespace volary::tiff {

/// The files of a dataset, opened when they are needed; the last few stay open. Any thread.
class FileSet {
 public:
  explicit FileSet(std::vector<Location> files);

  /// Throws Error if the file can't be opened. The result stays open as long as somebody holds it.
  std::shared_ptr<PageList> open(std::size_t file);

  /// True if the file has changed since it was opened, now or at an earlier failure. It is opened anew from then on.
  bool isChanged(std::size_t file);

  const Location& location(std::size_t file) const { return files_.at(file); }
  std::size_t size() const { return files_.size(); }

 private:
  std::vector<Location> files_;
  RecentlyUsed<std::size_t, PageList> open_;
  std::mutex mutex_;
  std::set<std::size_t> changed_;
};

}  // namespace volary::tiff
