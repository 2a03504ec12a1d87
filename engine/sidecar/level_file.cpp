#include "sidecar/level_file.h"

#include "base/error.h"
#include "codecs/crc32c.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>
#include <type_traits>
#include <utility>

namespace volary {

namespace {

static_assert(std::endian::native == std::endian::little,
              "the file's numbers are little-endian, as they are in memory");

constexpr char kSignature[] = {'V', 'O', 'L', 'A', 'R', 'Y', 'L', 'V'};
constexpr std::uint32_t kVersion = 3;
constexpr std::uint32_t kRecordMagic = 0x4b4e4843;  // "CHNK"
constexpr std::uint32_t kFooterMagic = 0x444e4521;  // "!END"
/// More is no chunk of ours.
constexpr std::uint32_t kMostChunkBytes = 64 << 20;

struct LevelFooter {
  std::uint64_t indexOffset = 0;
  std::uint64_t count = 0;
  std::uint32_t checksum = 0;  ///< of the index
  std::uint32_t magic = 0;
};

/// As it stands in the index.
struct IndexEntry {
  LevelRecord record;
  std::uint64_t offset = 0;
};

template <typename T>
std::span<const std::byte> asBytes(const T& value) {
  static_assert(std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>);
  return std::as_bytes(std::span(&value, 1));
}

/// Reads `out.size()` bytes at `offset`; false if the file has fewer or can't be read.
bool readAt(int file, std::uint64_t offset, std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t count = ::pread(file, out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    offset += static_cast<std::uint64_t>(count);
    out = out.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

template <typename T>
std::optional<T> readValue(int file, std::uint64_t offset) {
  T value;
  if (!readAt(file, offset, std::as_writable_bytes(std::span(&value, 1)))) return std::nullopt;
  return value;
}

/// Throws Error.
void writeAt(int file, std::uint64_t offset, std::span<const std::byte> bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("{}: {}", path.string(), systemErrorText(errno));
    offset += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

std::string makeHead(const std::string& description) {
  std::string head(kSignature, sizeof(kSignature));
  for (const std::uint32_t number : {kVersion, static_cast<std::uint32_t>(description.size())})
    head.append(reinterpret_cast<const char*>(&number), sizeof(number));
  return head + description;
}

/// True if the file begins with this.
bool beginsWith(int file, const std::string& head) {
  std::string read(head.size(), '\0');
  return readAt(file, 0, std::as_writable_bytes(std::span(read))) && read == head;
}

std::uint32_t checksumOf(LevelRecord record, std::span<const std::byte> chunk) {
  record.checksum = 0;
  return continueCrc32c(crc32c(asBytes(record)), chunk);
}

std::uint64_t sizeOf(int file) {
  struct stat status {};
  return ::fstat(file, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

}  // namespace

void LevelFile::addPlace(const Place& place) {
  const LevelRecord& r = place.record;
  places_[{.level = r.level, .chunk = {r.chunk[0], r.chunk[1], r.chunk[2]}}] = place;
}

std::optional<LevelFile::Place> LevelFile::findPlace(int level, const i64vec3& chunk) const {
  const std::lock_guard lock(mutex_);
  const auto found = places_.find({.level = level, .chunk = chunk});
  return found == places_.end() ? std::nullopt : std::optional(found->second);
}

std::unique_ptr<LevelFile> LevelFile::resume(const std::filesystem::path& path, const std::string& description) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) fail("{}: {}", path.string(), systemErrorText(errno));
  std::unique_ptr<LevelFile> opened(new LevelFile(path, file));
  opened->readRecords(description);
  return opened;
}

std::unique_ptr<LevelFile> LevelFile::open(const std::filesystem::path& path, const std::string& description) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return nullptr;
  std::unique_ptr<LevelFile> opened(new LevelFile(path, file));
  return opened->readIndex(description) ? std::move(opened) : nullptr;
}

LevelFile::~LevelFile() { ::close(file_); }

void LevelFile::readRecords(const std::string& description) {
  const std::string head = makeHead(description);
  if (beginsWith(file_, head)) {
    end_ = head.size();
    std::vector<std::byte> chunk;
    while (const auto record = readValue<LevelRecord>(file_, end_)) {
      if (record->magic != kRecordMagic || record->bytes > kMostChunkBytes) break;
      chunk.resize(record->bytes);
      if (!readAt(file_, end_ + sizeof(LevelRecord), chunk) || checksumOf(*record, chunk) != record->checksum) break;
      addPlace({*record, end_ + sizeof(LevelRecord)});
      end_ += sizeof(LevelRecord) + record->bytes;
    }
  }
  if (::ftruncate(file_, static_cast<off_t>(end_)) != 0) fail("{}: {}", path_.string(), systemErrorText(errno));
  if (end_ > 0) return;
  writeAt(file_, 0, std::as_bytes(std::span(head)), path_);
  end_ = head.size();
}

bool LevelFile::readIndex(const std::string& description) {
  const std::string head = makeHead(description);
  const std::uint64_t size = sizeOf(file_);
  if (!beginsWith(file_, head) || size < head.size() + sizeof(LevelFooter)) return false;
  const auto footer = readValue<LevelFooter>(file_, size - sizeof(LevelFooter));
  if (!footer || footer->magic != kFooterMagic || footer->count > size / sizeof(IndexEntry) ||
      footer->indexOffset != size - sizeof(LevelFooter) - footer->count * sizeof(IndexEntry))
    return false;
  std::vector<IndexEntry> entries(footer->count);
  const auto index = std::as_writable_bytes(std::span(entries));
  if (!readAt(file_, footer->indexOffset, index) || crc32c(index) != footer->checksum) return false;
  for (const IndexEntry& entry : entries) {
    if (entry.record.bytes > kMostChunkBytes) return false;
    addPlace({entry.record, entry.offset});
  }
  return true;
}

std::size_t LevelFile::chunkCount() const {
  const std::lock_guard lock(mutex_);
  return places_.size();
}

bool LevelFile::holds(int level, const i64vec3& chunk) const { return findPlace(level, chunk).has_value(); }

RawChunk LevelFile::read(int level, const i64vec3& chunk) const {
  const std::optional<Place> place = findPlace(level, chunk);
  if (place) {
    RawChunk raw{.bytes = std::vector<std::byte>(place->record.bytes), .stored = true};
    if (readAt(file_, place->offset, raw.bytes) && checksumOf(place->record, raw.bytes) == place->record.checksum)
      return raw;
  }
  const std::lock_guard lock(mutex_);
  if (!place)
    fail("{}: level {}, chunk {}, {}, {} is not in this cache", path_.string(), level, chunk.x, chunk.y, chunk.z);
  std::error_code error;
  std::filesystem::remove(path_, error);
  fail("{}: level {}, chunk {}, {}, {} of this cache was damaged; it is made again the next time", path_.string(),
       level, chunk.x, chunk.y, chunk.z);
}

std::uint64_t LevelFile::bytesOf(int level) const {
  const std::lock_guard lock(mutex_);
  std::uint64_t bytes = 0;
  for (const auto& [key, place] : places_)
    if (key.level == level) bytes += place.record.bytes;
  return bytes;
}

void LevelFile::append(std::span<const EncodedChunk> chunks) {
  const std::lock_guard writing(writing_);
  for (const EncodedChunk& chunk : chunks) {
    LevelRecord record{.magic = kRecordMagic,
                       .level = chunk.level,
                       .chunk = {chunk.chunk.x, chunk.chunk.y, chunk.chunk.z},
                       .bytes = static_cast<std::uint32_t>(chunk.bytes.size())};
    record.checksum = checksumOf(record, chunk.bytes);
    writeAt(file_, end_, asBytes(record), path_);
    writeAt(file_, end_ + sizeof(record), chunk.bytes, path_);
    {
      const std::lock_guard lock(mutex_);
      addPlace({record, end_ + sizeof(record)});
    }
    end_ += sizeof(record) + chunk.bytes.size();
  }
}

void LevelFile::finish(const std::filesystem::path& path) {
  const std::lock_guard writing(writing_);
  std::vector<IndexEntry> entries;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, place] : places_) entries.push_back({place.record, place.offset});
  }
  const auto index = std::as_bytes(std::span(entries));
  writeAt(file_, end_, index, path_);
  const LevelFooter footer{
      .indexOffset = end_, .count = entries.size(), .checksum = crc32c(index), .magic = kFooterMagic};
  writeAt(file_, end_ + index.size(), asBytes(footer), path_);
  if (::fsync(file_) != 0) fail("{}: {}", path_.string(), systemErrorText(errno));
  std::error_code error;
  std::filesystem::rename(path_, path, error);
  if (error) fail("{}: {}", path.string(), error.message());
  const std::lock_guard lock(mutex_);
  path_ = path;
}

}  // namespace volary
