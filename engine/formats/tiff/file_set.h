#pragma once

#include "formats/tiff/page_list.h"
#include "storage/location.h"

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace volary::tiff {

/// The files of a dataset, opened when they are needed; the last few stay open. Any thread.
class FileSet {
 public:
  explicit FileSet(std::vector<Location> files) : files_(std::move(files)) {}

  /// Throws Error if the file can't be opened. The result stays open as long as somebody holds it.
  std::shared_ptr<PageList> open(std::size_t file);

  const Location& location(std::size_t file) const { return files_.at(file); }
  std::size_t size() const { return files_.size(); }

 private:
  std::shared_ptr<PageList> findRecent(std::size_t file);

  std::vector<Location> files_;
  std::mutex mutex_;
  std::list<std::pair<std::size_t, std::shared_ptr<PageList>>> recent_;  ///< the last used first
};

}  // namespace volary::tiff
