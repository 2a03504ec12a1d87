#include "storage/zip_store.h"

#include "base/bytes.h"
#include "base/recently_used.h"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <utility>

namespace volary {

namespace {

using namespace std::string_view_literals;

// APPNOTE 4.3.7, 4.3.12, 4.3.14 to 4.3.16.
constexpr std::uint32_t kLocalHeader = 0x04034b50;
constexpr std::uint32_t kDirectoryHeader = 0x02014b50;
constexpr std::uint32_t kEnd = 0x06054b50;
constexpr std::uint32_t kEnd64 = 0x06064b50;
constexpr std::uint32_t kEnd64Locator = 0x07064b50;
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kEnd64Bytes = 56;
constexpr std::size_t kLocatorBytes = 20;
constexpr std::size_t kHeaderBytes = 46;
constexpr std::size_t kLocalBytes = 30;
constexpr std::size_t kMaxComment = 0xffff;

constexpr std::uint16_t kStored = 0;
constexpr std::uint16_t kDeflated = 8;
constexpr std::uint16_t kEncrypted = 1 << 0;
constexpr std::uint16_t kUtf8 = 1 << 11;

// A directory of millions of chunks takes some hundred megabytes; more is no archive of images.
constexpr std::uint64_t kMaxDirectoryBytes = kGiB;
// Deflate makes at most 1032 times as much of its input.
constexpr std::uint64_t kMostInflation = 1032;
// An inflated file is kept in memory while it is read. Images are packed to a hundredth at best, except for empty ones,
// which are small: a large file that is packed better was made to fill the memory.
constexpr std::uint64_t kMaxInflatedBytes = 4 * kGiB;
constexpr std::uint64_t kLargeBytes = 256 * kMiB;
constexpr std::uint64_t kLikelyInflation = 300;
// Packing makes nothing twice as large, but for a few bytes.
constexpr std::uint64_t kMostOverhead = 64 * kKiB;
// The inflated files used last are kept: chunks are read once, a TIFF file again and again.
constexpr std::uint64_t kKeptInflatedBytes = 64 * kMiB;
// Small ones are counted, so that the search stays short.
constexpr std::size_t kKeptInflated = 1024;

/// Little-endian numbers of a record; its length was checked.
class Record {
 public:
  explicit Record(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::uint16_t u16(std::size_t at) const { return static_cast<std::uint16_t>(number(at, 2)); }
  std::uint32_t u32(std::size_t at) const { return static_cast<std::uint32_t>(number(at, 4)); }
  std::uint64_t u64(std::size_t at) const { return number(at, 8); }

 private:
  std::uint64_t number(std::size_t at, std::size_t width) const {
    std::uint64_t value = 0;
    for (std::size_t i = width; i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(bytes_[at + i]);
    return value;
  }

  std::span<const std::byte> bytes_;
};

struct Entry {
  std::uint64_t header = 0;       ///< where its local header stands
  std::uint64_t headerBytes = 0;  ///< at least
  std::uint64_t packedBytes = 0;
  std::uint64_t bytes = 0;
  std::uint32_t crc = 0;
  std::uint16_t method = kStored;
  bool isEncrypted = false;
};

/// Names of old archives are in code page 437. Source: IBM; the upper half, from 0x80 on.
constexpr std::u32string_view kCodePage437 =
    U"ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

void appendUtf8(std::string& text, char32_t c) {
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += static_cast<char>(0xc0 | c >> 6);
    text += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    text += static_cast<char>(0xe0 | c >> 12);
    text += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    text += static_cast<char>(0x80 | (c & 0x3f));
  }
}

/// An entry's name as a key: UTF-8, "/" between its parts, none at the front.
std::string keyOf(std::string_view name, bool isUtf8) {
  std::string key;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (isUtf8 || byte < 0x80)
      key += c == '\\' ? '/' : c;  // written on Windows
    else
      appendUtf8(key, kCodePage437[byte - 0x80]);
  }
  const std::size_t first = key.find_first_not_of('/');
  return first == key.npos ? "" : key.substr(first);
}

std::vector<std::byte> readBlock(const ByteFile& archive, const ByteRange& range) {
  std::vector<std::byte> block(range.bytes);
  archive.readAt(range.position, block);
  return block;
}

/// Where the directory stands, and how many entries it has.
struct DirectoryPlace {
  ByteRange range;
  std::uint64_t entries = 0;
};

DirectoryPlace findDirectory64(const ByteFile& archive, std::uint64_t locatorAt) {
  const std::vector<std::byte> locatorBytes = readBlock(archive, {locatorAt, kLocatorBytes});
  const Record locator(locatorBytes);
  const std::uint64_t at = locator.u64(8);
  if (locator.u32(0) != kEnd64Locator || at > archive.sizeBytes() || archive.sizeBytes() - at < kEnd64Bytes)
    fail("this zip archive is damaged: the end of its directory (zip64) is not where it should be");
  const std::vector<std::byte> endBytes = readBlock(archive, {at, kEnd64Bytes});
  const Record end(endBytes);
  if (end.u32(0) != kEnd64) fail("this zip archive is damaged: the end of its directory (zip64) is not sound");
  return {.range = {end.u64(48), end.u64(40)}, .entries = end.u64(32)};
}

/// APPNOTE 4.3.16: the record stands at the end, before a comment of any length.
DirectoryPlace findDirectory(const ByteFile& archive) {
  const std::uint64_t size = archive.sizeBytes();
  const std::uint64_t searched = std::min<std::uint64_t>(size, kEndBytes + kMaxComment);
  const std::vector<std::byte> tail = readBlock(archive, {size - searched, searched});
  const Record record(tail);
  for (std::size_t at = tail.size() < kEndBytes ? 0 : tail.size() - kEndBytes + 1; at-- > 0;) {
    // The comment's length must lead to the end: its text may hold a signature by chance.
    if (record.u32(at) != kEnd || at + kEndBytes + record.u16(at + 20) != tail.size()) continue;
    if (record.u16(at + 4) != record.u16(at + 6)) fail("this zip archive is in several parts, which is not supported");
    const std::uint64_t position = size - searched + at;
    if (record.u16(at + 10) == 0xffff || record.u32(at + 12) == 0xffffffff || record.u32(at + 16) == 0xffffffff)
      if (position >= kLocatorBytes) return findDirectory64(archive, position - kLocatorBytes);
    return {.range = {record.u32(at + 16), record.u32(at + 12)}, .entries = record.u16(at + 10)};
  }
  fail("this zip archive is cut off: the directory at its end is missing");
}

/// APPNOTE 4.5.3: what does not fit 32 bits stands in an extra field, in this order.
void readZip64Field(std::span<const std::byte> extra, Entry& entry) {
  while (extra.size() >= 4) {
    const Record field(extra);
    const std::size_t length = field.u16(2);
    if (length > extra.size() - 4) return;
    if (field.u16(0) == 1) {
      std::size_t at = 4;
      for (std::uint64_t* value : {&entry.bytes, &entry.packedBytes, &entry.header})
        if (*value == 0xffffffff && at + 8 <= 4 + length) {
          *value = field.u64(at);
          at += 8;
        }
      return;
    }
    extra = extra.subspan(4 + length);
  }
}

/// Files that share bytes are how small archives are made to hold petabytes.
void refuseOverlaps(const std::map<std::string, Entry>& entries) {
  std::vector<const Entry*> inOrder;
  for (const auto& [key, entry] : entries) inOrder.push_back(&entry);
  std::ranges::sort(inOrder, {}, &Entry::header);
  for (std::size_t i = 1; i < inOrder.size(); ++i) {
    const Entry& before = *inOrder[i - 1];
    const std::uint64_t gap = inOrder[i]->header - before.header;
    if (gap < before.headerBytes || gap - before.headerBytes < before.packedBytes)
      fail("this zip archive is damaged: files in it overlap");
  }
}

std::map<std::string, Entry> readDirectory(const ByteFile& archive) {
  const DirectoryPlace place = findDirectory(archive);
  const std::uint64_t size = archive.sizeBytes();
  if (place.range.position > size || place.range.bytes > size - place.range.position)
    fail("this zip archive is damaged: its directory is said to stand outside of it");
  if (place.range.bytes > kMaxDirectoryBytes || place.entries > place.range.bytes / kHeaderBytes)
    fail("this zip archive is damaged: {} files in a directory of {} are absurd", place.entries,
         formatBytes(place.range.bytes));
  const std::vector<std::byte> directory = readBlock(archive, place.range);
  std::map<std::string, Entry> entries;
  std::span<const std::byte> rest = directory;
  for (std::uint64_t i = 0; i < place.entries; ++i) {
    const Record header(rest);
    if (rest.size() < kHeaderBytes || header.u32(0) != kDirectoryHeader)
      fail("this zip archive is damaged: its directory ends after {} of {} files", i, place.entries);
    const std::size_t nameBytes = header.u16(28);
    const std::size_t extraBytes = header.u16(30);
    const std::size_t length = kHeaderBytes + nameBytes + extraBytes + header.u16(32);
    if (length > rest.size())
      fail("this zip archive is damaged: its directory ends after {} of {} files", i, place.entries);
    Entry entry{.header = header.u32(42),
                .headerBytes = kLocalBytes + nameBytes,
                .packedBytes = header.u32(20),
                .bytes = header.u32(24),
                .crc = header.u32(16),
                .method = header.u16(10),
                .isEncrypted = (header.u16(8) & kEncrypted) != 0};
    readZip64Field(rest.subspan(kHeaderBytes + nameBytes, extraBytes), entry);
    const std::string_view name(reinterpret_cast<const char*>(rest.data()) + kHeaderBytes, nameBytes);
    std::string key = keyOf(name, (header.u16(8) & kUtf8) != 0);
    // Folders have entries of their own, or none. A program that updates an archive appends: the last file of a name
    // counts.
    if (!key.empty() && !key.ends_with('/')) entries.insert_or_assign(std::move(key), entry);
    rest = rest.subspan(length);
  }
  refuseOverlaps(entries);
  return entries;
}

/// A part of the archive, as it stands there.
class StoredEntry final : public ByteFile {
 public:
  StoredEntry(std::shared_ptr<const ByteFile> archive, std::uint64_t position, FileVersion version)
      : archive_(std::move(archive)), position_(position), version_(std::move(version)) {}
  const FileVersion& version() const override { return version_; }
  bool isAsOpened() const override { return archive_->isAsOpened(); }
  void expect(const ByteRange& range) const noexcept override {
    archive_->expect({position_ + range.position, range.bytes});
  }

 private:
  void read(std::uint64_t position, std::span<std::byte> out) const override {
    archive_->readAt(position_ + position, out);
  }

  const std::shared_ptr<const ByteFile> archive_;
  const std::uint64_t position_;
  const FileVersion version_;
};

/// One that was inflated.
class InflatedEntry final : public ByteFile {
 public:
  InflatedEntry(std::shared_ptr<const ByteFile> archive, std::vector<std::byte> bytes, FileVersion version)
      : archive_(std::move(archive)), bytes_(std::move(bytes)), version_(std::move(version)) {}
  const FileVersion& version() const override { return version_; }
  bool isAsOpened() const override { return archive_->isAsOpened(); }

 private:
  void read(std::uint64_t position, std::span<std::byte> out) const override {
    std::memcpy(out.data(), bytes_.data() + position, out.size());
  }

  const std::shared_ptr<const ByteFile> archive_;
  const std::vector<std::byte> bytes_;
  const FileVersion version_;
};

std::vector<std::byte> inflateEntry(std::span<const std::byte> packed, std::uint64_t bytes) {
  const std::unique_ptr<libdeflate_decompressor, decltype(&::libdeflate_free_decompressor)> decompressor(
      ::libdeflate_alloc_decompressor(), &::libdeflate_free_decompressor);
  if (!decompressor) fail("there is no memory to unpack it");
  std::vector<std::byte> out(bytes);
  // libdeflate is not asked how many bytes came out: then they must fill all the room that there is.
  if (::libdeflate_deflate_decompress(decompressor.get(), packed.data(), packed.size(), out.data(), out.size(),
                                      nullptr) != LIBDEFLATE_SUCCESS)
    fail("its packed bytes in the zip archive are damaged");
  return out;
}

class ZipStore final : public Store {
 public:
  ZipStore(std::shared_ptr<const ByteFile> archive, std::string name)
      : archive_(std::move(archive)), name_(std::move(name)), entries_(readDirectory(*archive_)) {}

  std::shared_ptr<ByteFile> find(const std::string& key) override {
    const auto found = entries_.find(key);
    if (found == entries_.end()) {
      if (isFolder(key)) fail("this is not a regular file");
      return nullptr;
    }
    const Entry& entry = found->second;
    const FileVersion version = versionOf(entry);
    if (entry.isEncrypted) fail("it is encrypted in its zip archive, which is not supported");
    if (entry.method == kStored) {
      if (entry.packedBytes != entry.bytes) fail("this zip archive is damaged: it states two sizes for one file");
      return std::make_shared<StoredEntry>(archive_, placeOf(entry), version);
    }
    if (entry.method != kDeflated)
      fail("it is packed in its zip archive by method {}; stored and deflated files are supported", entry.method);
    const std::uint64_t mostInflation = entry.bytes > kLargeBytes ? kLikelyInflation : kMostInflation;
    if (entry.bytes > kMaxInflatedBytes || entry.bytes / mostInflation > entry.packedBytes ||
        entry.packedBytes / 2 > entry.bytes + kMostOverhead)
      fail("it is said to hold {} in its zip archive, packed to {}, which is absurd", formatBytes(entry.bytes),
           formatBytes(entry.packedBytes));
    return findInflated(key, entry, version);
  }

  /// Refuses what is too large before it is inflated.
  std::optional<std::vector<std::byte>> findBytes(const std::string& key, std::uint64_t maxBytes) override {
    if (const auto found = entries_.find(key); found != entries_.end()) refuseLarger(found->second.bytes, maxBytes);
    return Store::findBytes(key, maxBytes);
  }

  std::optional<EntryKind> findKind(const std::string& key) override {
    if (entries_.contains(key)) return EntryKind::file;
    return isFolder(key) ? std::optional(EntryKind::folder) : std::nullopt;
  }

  std::optional<FileVersion> findVersion(const std::string& key) override {
    const auto found = entries_.find(key);
    return found == entries_.end() ? std::nullopt : std::optional(versionOf(found->second));
  }

  std::optional<std::vector<StoreEntry>> list(const std::string& key) override {
    if (!isFolder(key)) return std::nullopt;
    std::vector<StoreEntry> listed;
    const std::string above = key.empty() ? "" : key + "/";
    for (auto entry = entries_.lower_bound(above); entry != entries_.end() && entry->first.starts_with(above);) {
      const std::string name = entry->first.substr(above.size(), entry->first.find('/', above.size()) - above.size());
      const bool isFile = entry->first.size() == above.size() + name.size();
      listed.push_back({name, isFile ? EntryKind::file : EntryKind::folder});
      // All below a folder are one: "0" comes behind "/" in ASCII.
      entry = isFile ? std::next(entry) : entries_.lower_bound(above + name + "0");
    }
    return listed;
  }

  std::string describe(const std::string& key) const override { return key.empty() ? name_ : name_ + "/" + key; }

 private:
  bool isFolder(const std::string& key) const {
    if (key.empty()) return true;
    const auto first = entries_.lower_bound(key + "/");
    return first != entries_.end() && first->first.starts_with(key + "/");
  }

  FileVersion versionOf(const Entry& entry) const {
    return {.sizeBytes = entry.bytes,
            .modifiedNs = archive_->version().modifiedNs,
            .tag = fmt::format("{}:{:08x}", archive_->version().tag, entry.crc)};
  }

  /// Where the entry's bytes stand: behind its local header, whose length is its own.
  std::uint64_t placeOf(const Entry& entry) const {
    const std::uint64_t size = archive_->sizeBytes();
    if (entry.header > size || size - entry.header < kLocalBytes)
      fail("this zip archive is damaged: the file is said to stand outside of it");
    const std::vector<std::byte> bytes = readBlock(*archive_, {entry.header, kLocalBytes});
    const Record local(bytes);
    if (local.u32(0) != kLocalHeader) fail("this zip archive is damaged: the file is not where its directory says");
    const std::uint64_t place = entry.header + kLocalBytes + local.u16(26) + local.u16(28);
    if (place > size || entry.packedBytes > size - place)
      fail("this zip archive is cut off: the file is not all in it");
    return place;
  }

  std::shared_ptr<ByteFile> findInflated(const std::string& key, const Entry& entry, const FileVersion& version) {
    if (std::shared_ptr<ByteFile> kept = inflated_.find(key)) return kept;
    const std::vector<std::byte> packed = readBlock(*archive_, {placeOf(entry), entry.packedBytes});
    std::vector<std::byte> bytes = inflateEntry(packed, entry.bytes);
    if (::libdeflate_crc32(0, bytes.data(), bytes.size()) != entry.crc)
      fail("its bytes in the zip archive are damaged: their checksum is another one");
    return inflated_.keep(key, std::make_shared<InflatedEntry>(archive_, std::move(bytes), version), entry.bytes);
  }

  const std::shared_ptr<const ByteFile> archive_;
  const std::string name_;
  const std::map<std::string, Entry> entries_;
  RecentlyUsed<std::string, ByteFile> inflated_{kKeptInflated, kKeptInflatedBytes};
};

}  // namespace

bool hasZipSignature(std::string_view head) {
  return head.starts_with("PK\x03\x04"sv) || head.starts_with("PK\x05\x06"sv);
}

std::shared_ptr<Store> openZip(std::shared_ptr<const ByteFile> archive, std::string name) {
  return std::make_shared<ZipStore>(std::move(archive), std::move(name));
}

}  // namespace volary
