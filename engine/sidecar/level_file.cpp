#include "sidecar/level_file.h"

#include "base/error.h"
#include "codecs/crc32c.h"

#include <algorithm>
#include <bit>
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
/// No chunk of ours has more.
constexpr std::uint32_t kMostChunkBytes = 64 << 20;

struct LevelFooter {
  std::uint64_t indexOffset = 0;
  std::uint64_t count = 0;
  std::uint32_t checksum = 0;  ///< of the index
  std::uint32_t magic = 0;
};

/// A record in the index.
struct IndexEntry {
  LevelRecord record;
  std::uint64_t offset = 0;
};

template <typename T>
std::span<const std::byte> asBytes(const T& value) {
  static_assert(std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>);
  return std::as_bytes(std::span(&value, 1));
}

/// Throws Error if `errorNumber` is not 0.
void check(int errorNumber, const std::filesystem::path& path) {
  if (errorNumber != 0) fail("{}: {}", path.string(), systemErrorText(errorNumber));
}

std::string makeHead(const std::string& description) {
  std::string head(kSignature, sizeof(kSignature));
  for (const std::uint32_t number : {kVersion, static_cast<std::uint32_t>(description.size())})
    head.append(reinterpret_cast<const char*>(&number), sizeof(number));
  return head + description;
}

std::uint32_t checksumOf(LevelRecord record, std::span<const std::byte> chunk) {
  record.checksum = 0;
  return continueCrc32c(crc32c(asBytes(record)), chunk);
}

}  // namespace

bool LevelFile::readAt(std::uint64_t offset, std::span<std::byte> out) const {
  const auto [bytes, errorNumber] = file_.readUpTo(offset, out);
  if (errorNumber == 0) return bytes == out.size();
  const std::lock_guard lock(mutex_);
  throw LevelReadError(fmt::format("{}: can't be read: {}", path_.string(), systemErrorText(errorNumber)));
}

template <typename T>
std::optional<T> LevelFile::readValue(std::uint64_t offset) const {
  T value;
  if (!readAt(offset, std::as_writable_bytes(std::span(&value, 1)))) return std::nullopt;
  return value;
}

bool LevelFile::beginsWith(const std::string& head) const {
  std::string read(head.size(), '\0');
  return readAt(0, std::as_writable_bytes(std::span(read))) && read == head;
}

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
  std::optional<RandomFile> file;
  try {
    file = RandomFile::create(path, RandomFile::Existing::keep);
  } catch (const Error& error) {
    fail("{}: {}", path.string(), error.what());
  }
  std::unique_ptr<LevelFile> opened(new LevelFile(path, std::move(*file)));
  opened->readRecords(description);
  return opened;
}

std::unique_ptr<LevelFile> LevelFile::open(const std::filesystem::path& path, const std::string& description) {
  std::optional<RandomFile> file;
  try {
    file = RandomFile::findForReading(path);
  } catch (const Error& error) {
    fail("{}: {}", path.string(), error.what());
  }
  if (!file) return nullptr;
  std::unique_ptr<LevelFile> opened(new LevelFile(path, std::move(*file)));
  return opened->readIndex(description) ? std::move(opened) : nullptr;
}

void LevelFile::readRecords(const std::string& description) {
  const std::string head = makeHead(description);
  if (beginsWith(head)) {
    end_ = head.size();
    std::vector<std::byte> chunk;
    while (const auto record = readValue<LevelRecord>(end_)) {
      if (record->magic != kRecordMagic || record->bytes > kMostChunkBytes) break;
      chunk.resize(record->bytes);
      if (!readAt(end_ + sizeof(LevelRecord), chunk) || checksumOf(*record, chunk) != record->checksum) break;
      addPlace({*record, end_ + sizeof(LevelRecord)});
      end_ += sizeof(LevelRecord) + record->bytes;
    }
  }
  check(file_.truncate(end_), path_);
  if (end_ > 0) return;
  check(file_.write(0, std::as_bytes(std::span(head))), path_);
  end_ = head.size();
}

bool LevelFile::readIndex(const std::string& description) {
  const std::string head = makeHead(description);
  const std::uint64_t size = file_.sizeBytes();
  if (!beginsWith(head) || size < head.size() + sizeof(LevelFooter)) return false;
  const auto footer = readValue<LevelFooter>(size - sizeof(LevelFooter));
  if (!footer || footer->magic != kFooterMagic || footer->count > size / sizeof(IndexEntry) ||
      footer->indexOffset != size - sizeof(LevelFooter) - footer->count * sizeof(IndexEntry))
    return false;
  std::vector<IndexEntry> entries(footer->count);
  const auto index = std::as_writable_bytes(std::span(entries));
  if (!readAt(footer->indexOffset, index) || crc32c(index) != footer->checksum) return false;
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
    if (readAt(place->offset, raw.bytes) && checksumOf(place->record, raw.bytes) == place->record.checksum) return raw;
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
    check(file_.write(end_, asBytes(record)), path_);
    check(file_.write(end_ + sizeof(record), chunk.bytes), path_);
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
  check(file_.write(end_, index), path_);
  const LevelFooter footer{
      .indexOffset = end_, .count = entries.size(), .checksum = crc32c(index), .magic = kFooterMagic};
  check(file_.write(end_ + index.size(), asBytes(footer)), path_);
  check(file_.sync(), path_);
  std::error_code error;
  std::filesystem::rename(path_, path, error);
  if (error) fail("{}: {}", path.string(), error.message());
  const std::lock_guard lock(mutex_);
  path_ = path;
}

}  // namespace volary
