#pragma once

#include "base/recently_used.h"
#include "formats/tiff/page.h"
#include "storage/location.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace volary::tiff {

/// Where the segments of one page lie in the file.
struct SegmentTable {
  std::vector<std::uint64_t> offsets;     ///< 0 = not stored: its voxels are zero
  std::vector<std::uint64_t> byteCounts;  ///< empty if they follow from the shape: no compression
};

/// The pages of one file. The chain of directories is walked from its beginning, as far as somebody asks, and what was
/// found is remembered. Any thread; pages stay valid as long as the list.
class PageList {
 public:
  explicit PageList(Location path);

  const File& file() const { return file_; }

  /// Page `index` of the chain. Throws Error if the chain ends before, is damaged or leads back to itself.
  const Page& page(std::size_t index);

  /// Walks to the end of the chain. Throws Error as page() does.
  std::size_t count();

  /// The position of the directory after the first one; 0 if there is none. Reads the first.
  std::uint64_t secondDirectory();

  /// The directory of the first page. Throws Error as page() does.
  const Directory& firstDirectory();

  /// The first page, as a page of `planes` planes that follow one another in the file from its first strip on.
  const Page& firstPageOfPlanes(std::int64_t planes);

  /// The smaller version of a page, number `level` from 1 on; nothing if it does not have so many.
  const Page* findSmallerPage(const Page& page, int level);

  /// Where a page's segments lie; read unless the page is among the last that were asked for. Throws Error if the lists
  /// are missing or too short.
  std::shared_ptr<const SegmentTable> segments(const Page& page);

 private:
  bool walkOne();
  SegmentTable readTable(const Page& page);
  void findUpperBits();
  const Page& pageAt(std::uint64_t position, std::uint64_t* next);

  File file_;
  std::mutex mutex_;
  DirectoryWindow window_;
  std::deque<Page> pages_;
  std::optional<Directory> first_;
  std::optional<Page> firstOfPlanes_;
  std::uint64_t next_;  ///< the directory that is to be read next; 0 at the end
  std::unordered_set<std::uint64_t> visited_;
  struct SmallerPage {
    Page page;
    std::uint64_t next = 0;
  };
  std::unordered_map<std::uint64_t, SmallerPage> smaller_;  ///< by position; a map's values stay where they are
  std::once_flag unwrapped_;
  std::unordered_map<std::uint64_t, std::uint64_t> upperBits_;  ///< of the first segment's place, by a page's position
  RecentlyUsed<std::uint64_t, const SegmentTable> tables_;      ///< by a page's position
};

}  // namespace volary::tiff
