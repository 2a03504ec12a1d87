#include "formats/tiff/directory.h"

#include "base/bytes.h"
#include "base/error.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace volary::tiff {

namespace {

// libtiff's limit too: no program writes a tenth of it.
constexpr std::uint64_t kMaxEntries = 4096;
// Holds a directory of the usual size and, if a program writes directories in a row, some twenty of them.
constexpr std::size_t kWindowBytes = 4 * kKiB;
// An OME-XML that names every one of a hundred thousand planes.
constexpr std::uint64_t kMaxTextBytes = 256 * kMiB;

/// `length` bytes at `position`, out of the window, which moves there if need be.
std::span<const std::byte> look(const File& file, std::uint64_t position, std::size_t length, DirectoryWindow& window) {
  const bool inside = position >= window.position && position - window.position <= window.bytes.size() &&
                      window.bytes.size() - (position - window.position) >= length;
  if (!inside) {
    // Empty while it is read: what can't be read is not taken for what was there.
    std::vector<std::byte> bytes = std::exchange(window.bytes, {});
    bytes.resize(std::max(length, kWindowBytes));
    bytes.resize(file.readUpTo(position, bytes));
    window = {.position = position, .bytes = std::move(bytes)};
    if (window.bytes.size() < length)
      fail("{}: a directory is said to stand at {}, beyond the end of the file", file.location().text(), position);
  }
  return std::span(window.bytes).subspan(static_cast<std::size_t>(position - window.position), length);
}

}  // namespace

const Entry* Directory::find(std::uint16_t tag) const {
  const auto found = std::ranges::find(entries, tag, &Entry::tag);
  return found == entries.end() ? nullptr : &*found;
}

std::size_t typeBytes(std::uint16_t type) {
  // TIFF 6.0, section 2, "Field Types"; 13 of TIFF Technical Note 1; 16 to 18 of BigTIFF.
  constexpr std::array<std::uint8_t, 19> kBytes = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};
  return type < kBytes.size() ? kBytes[type] : 0;
}

Directory readDirectory(const File& file, std::uint64_t position, DirectoryWindow& window) {
  const bool big = file.variant() == Variant::big;
  const std::size_t countBytes = big ? 8 : 2;
  const std::size_t entryBytes = big ? 20 : 12;
  const std::size_t offsetBytes = big ? 8 : 4;
  const std::uint64_t count = file.number(look(file, position, countBytes, window));
  if (count == 0 || count > kMaxEntries)
    fail("{}: the directory at {} is said to have {} entries, which is absurd", file.location().text(), position,
         count);

  Directory directory{.position = position};
  directory.entries.reserve(count);
  const std::size_t tableBytes = static_cast<std::size_t>(count) * entryBytes;
  std::span<const std::byte> bytes = look(file, position, countBytes + tableBytes + offsetBytes, window);
  bytes = bytes.subspan(countBytes);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::span<const std::byte> field = bytes.subspan(i * entryBytes, entryBytes);
    Entry entry{.tag = static_cast<std::uint16_t>(file.number(field.first(2))),
                .type = static_cast<std::uint16_t>(file.number(field.subspan(2, 2))),
                .count = file.number(field.subspan(4, offsetBytes))};
    const std::span<const std::byte> value = field.last(offsetBytes);
    const std::size_t width = typeBytes(entry.type);
    // Later versions may have other types: readers are to skip what they don't know (TIFF 6.0, section 2).
    if (width == 0) continue;
    entry.isShort = entry.count <= offsetBytes / width;
    if (entry.isShort)
      std::ranges::copy(value, entry.shortValues.begin());
    else
      entry.position = file.number(value);
    directory.entries.push_back(entry);
  }
  directory.next = file.number(bytes.subspan(tableBytes, offsetBytes));
  return directory;
}

std::vector<std::byte> readBytes(const File& file, const Entry& entry, std::uint64_t maxBytes) {
  const std::size_t width = typeBytes(entry.type);
  // A short entry's bytes follow from its count; the others' must be in the file before memory is taken for them.
  if (!entry.isShort && (entry.count > file.sizeBytes() / width || entry.count > maxBytes / width))
    fail("{}: tag {} is said to have {} values, which is absurd", file.location().text(), entry.tag, entry.count);
  std::vector<std::byte> bytes(static_cast<std::size_t>(entry.count) * width);
  if (entry.isShort)
    std::copy_n(entry.shortValues.begin(), bytes.size(), bytes.begin());
  else
    file.readAt(entry.position, bytes);
  return bytes;
}

std::vector<std::uint64_t> readNumbers(const File& file, const Entry& entry, std::uint64_t maxBytes) {
  constexpr std::array<std::uint16_t, 6> kWhole = {1, 3, 4, 13, 16, 18};
  if (std::ranges::find(kWhole, entry.type) == kWhole.end())
    fail("{}: tag {} is of type {} instead of a whole number", file.location().text(), entry.tag, entry.type);
  const std::vector<std::byte> bytes = readBytes(file, entry, maxBytes);
  const std::size_t width = typeBytes(entry.type);
  std::vector<std::uint64_t> numbers(static_cast<std::size_t>(entry.count));
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = file.number(std::span(bytes).subspan(i * width, width));
  return numbers;
}

std::optional<std::uint64_t> findNumber(const File& file, const Directory& directory, std::uint16_t tag) {
  const Entry* const entry = directory.find(tag);
  if (!entry || entry->count == 0) return std::nullopt;
  // Only the first is wanted, however many there are; a tag of one sample's property has one for each.
  Entry first = *entry;
  if (!first.isShort && first.count > kMaxEntries) first.count = kMaxEntries;
  return readNumbers(file, first, kMaxEntries * 8).front();
}

std::optional<double> findFraction(const File& file, const Directory& directory, std::uint16_t tag) {
  constexpr std::uint16_t kRational = 5;
  const Entry* const entry = directory.find(tag);
  if (!entry || entry->type != kRational || entry->count == 0) return std::nullopt;
  Entry first = *entry;
  first.count = 1;
  const std::vector<std::byte> bytes = readBytes(file, first, 8);
  const auto numerator = static_cast<double>(file.number(std::span(bytes).first(4)));
  const auto denominator = static_cast<double>(file.number(std::span(bytes).last(4)));
  const double fraction = numerator / denominator;
  return std::isfinite(fraction) ? std::optional(fraction) : std::nullopt;
}

std::optional<std::string> findText(const File& file, const Directory& directory, std::uint16_t tag) {
  const Entry* const entry = directory.find(tag);
  if (!entry) return std::nullopt;
  const std::vector<std::byte> bytes = readBytes(file, *entry, kMaxTextBytes);
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

}  // namespace volary::tiff
