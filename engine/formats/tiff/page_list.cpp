#include "formats/tiff/page_list.h"

#include "base/bytes.h"
#include "base/error.h"

#include <algorithm>

namespace volary::tiff {

namespace {

// Tables of long lists that are kept: a plane of a slide may have a hundred thousand tiles.
constexpr std::size_t kMaxTables = 64;
constexpr std::uint64_t kMaxTableBytes = kGiB;
// A page takes some 200 bytes of memory: the most that a file can make us take for its index is 1 GiB.
constexpr std::size_t kMaxPages = std::size_t{1} << 22;

SegmentTable readSegmentTable(const File& file, const Page& page) {
  const PageFormat& format = *page.format;
  const auto wanted = static_cast<std::uint64_t>(format.segments());
  const auto read = [&](const std::optional<Entry>& entry, const char* what) {
    if (!entry || entry->count < wanted)
      fail("{}: the page at {} lists {} {} of strips or tiles, it has {}", file.location().text(), page.position,
           entry ? entry->count : 0, what, wanted);
    Entry needed = *entry;
    needed.count = wanted;
    return readNumbers(file, needed, kMaxTableBytes);
  };
  SegmentTable table{.offsets = read(page.offsets, "places")};
  // Without compression the counts follow from the shape, and ImageJ's counts above 4 GiB are wrong.
  if (format.compression == 1) return table;
  if (!page.byteCounts && wanted == 1)
    table.byteCounts = {file.sizeBytes() - std::min(table.offsets.front(), file.sizeBytes())};
  else
    table.byteCounts = read(page.byteCounts, "sizes");
  return table;
}

// The unit of what places of 32 bits leave out.
constexpr std::uint64_t kWrap = std::uint64_t{1} << 32;

/// Adds the upper bits to places of 32 bits, which rise. `high` has the upper bits of the first place and, in the end,
/// of the last; `last` is the lower part of the place before.
void unwrap(std::vector<std::uint64_t>& offsets, std::uint64_t& high, std::uint64_t& last) {
  for (std::uint64_t& offset : offsets) {
    if (offset == 0) continue;
    if (offset < last) high += kWrap;
    last = offset;
    offset += high;
  }
}

/// Corrects sizes that are those of decoded segments: a segment ends at the latest where the next one begins.
void limitSizes(const File& file, SegmentTable& table) {
  for (std::size_t i = 0; i < table.byteCounts.size(); ++i) {
    const std::uint64_t begin = std::min(table.offsets[i], file.sizeBytes());
    const bool hasNext = i + 1 < table.offsets.size() && table.offsets[i + 1] > begin;
    // Noise grows when it is packed, and decoders stop at the end of the data.
    const std::uint64_t most =
        hasNext ? table.offsets[i + 1] - begin : 2 * std::min(table.byteCounts[i], file.sizeBytes());
    table.byteCounts[i] = std::min(most, file.sizeBytes() - begin);
  }
}

}  // namespace

PageList::PageList(Location path) : file_(std::move(path)), next_(file_.firstDirectory()), tables_(kMaxTables) {}

const Page& PageList::page(std::size_t index) {
  const std::lock_guard lock(mutex_);
  while (pages_.size() <= index)
    if (!walkOne()) fail("{}: page {} is asked for, the file has {}", file_.location().text(), index, pages_.size());
  return pages_[index];
}

std::size_t PageList::count() {
  const std::lock_guard lock(mutex_);
  while (walkOne()) continue;
  return pages_.size();
}

const Directory& PageList::firstDirectory() {
  page(0);
  return *first_;
}

SegmentTable PageList::readTable(const Page& page) {
  SegmentTable table = readSegmentTable(file_, page);
  // The software that writes these states places beyond 4 GiB without their upper bits, and wrong sizes of compressed
  // strips.
  if (!firstDirectory().find(kLsmInfo)) return table;
  if (file_.sizeBytes() >= kWrap) {
    std::call_once(unwrapped_, [&] { findUpperBits(); });
    const auto found = upperBits_.find(page.position);
    std::uint64_t high = found != upperBits_.end() ? found->second : 0, last = 0;
    unwrap(table.offsets, high, last);
  }
  limitSizes(file_, table);
  return table;
}

/// Segments are in the order of the pages, except for those of thumbnails, which may come before their pages.
void PageList::findUpperBits() {
  const std::size_t pages = count();
  std::vector<std::uint64_t> firsts;
  for (std::size_t i = 0; i < std::min<std::size_t>(pages, 2); ++i)
    firsts.push_back(readSegmentTable(file_, page(i)).offsets.front());
  const std::size_t swapped = firsts.size() == 2 && firsts[0] > firsts[1] ? 1 : 0;
  std::uint64_t high = 0, last = 0;
  for (std::size_t i = 0; i < pages; ++i) {
    const Page& next = page(std::min(i ^ swapped, pages - 1));
    std::vector<std::uint64_t> offsets = readSegmentTable(file_, next).offsets;
    const std::uint64_t first = offsets.front();
    unwrap(offsets, high, last);
    upperBits_[next.position] = offsets.front() - first;
  }
}

std::uint64_t PageList::secondDirectory() { return firstDirectory().next; }

const Page& PageList::firstPageOfPlanes(std::int64_t planes) {
  const Page& first = page(0);
  const std::lock_guard lock(mutex_);
  if (!firstOfPlanes_) {
    PageFormat format = *first.format;
    format.depth = format.segmentDepth = planes;
    format.segmentHeight = format.height;
    firstOfPlanes_ = first;
    firstOfPlanes_->format = std::make_shared<const PageFormat>(std::move(format));
  }
  return *firstOfPlanes_;
}

/// Under the lock. Reads the next page of the chain; false at its end.
bool PageList::walkOne() {
  if (next_ == 0) return false;
  if (visited_.contains(next_))
    fail("{}: after page {} the chain of pages leads back to an earlier one", file_.location().text(),
         pages_.size() - 1);
  if (pages_.size() >= kMaxPages) fail("{}: it has more than {} pages", file_.location().text(), kMaxPages);
  Directory directory = readDirectory(file_, next_, window_);
  pages_.push_back(readPage(file_, directory, pages_.empty() ? nullptr : pages_.back().format));
  // Only now: a page that could not be read is read again.
  visited_.insert(next_);
  next_ = directory.next;
  if (!first_) first_ = std::move(directory);
  return true;
}

/// Under the lock. A page that is not in the chain; `next` gets the position of the directory after it.
const Page& PageList::pageAt(std::uint64_t position, std::uint64_t* next) {
  auto found = smaller_.find(position);
  if (found == smaller_.end()) {
    const Directory directory = readDirectory(file_, position, window_);
    const std::shared_ptr<const PageFormat> previous =
        smaller_.empty() ? nullptr : smaller_.begin()->second.page.format;
    SmallerPage smaller{.page = readPage(file_, directory, previous), .next = directory.next};
    found = smaller_.emplace(position, std::move(smaller)).first;
  }
  *next = found->second.next;
  return found->second.page;
}

const Page* PageList::findSmallerPage(const Page& page, int level) {
  const std::lock_guard lock(mutex_);
  const auto index = static_cast<std::size_t>(level - 1);
  std::uint64_t next = 0;
  if (index < page.subDirectories.size()) return &pageAt(page.subDirectories[index], &next);
  if (page.subDirectories.size() != 1) return nullptr;
  // A single position is either one smaller version or the head of a chain of them (TIFF Technical Note 1).
  const Page* smaller = &pageAt(page.subDirectories.front(), &next);
  for (std::size_t step = 0; step < index; ++step) {
    if (next == 0) return nullptr;
    smaller = &pageAt(next, &next);
  }
  return smaller;
}

std::shared_ptr<const SegmentTable> PageList::segments(const Page& page) {
  if (page.format->segments() == 1) return std::make_shared<const SegmentTable>(readTable(page));
  return tables_.findOrMake(page.position, [&] { return std::make_shared<const SegmentTable>(readTable(page)); });
}

}  // namespace volary::tiff
