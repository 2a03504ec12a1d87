#include "formats/zarr/shard_files.h"

#include "base/error.h"

#include <algorithm>
#include <cstring>

namespace volary::zarr {

namespace {

// Each is a file descriptor and an index of up to 64 MiB, mostly some KiB.
constexpr std::size_t kMaxOpenShards = 16;
// Both fields of the index for a chunk that is not stored.
constexpr std::uint64_t kNotStored = ~std::uint64_t{0};

}  // namespace

std::optional<ShardPlace> Shard::findChunk(std::size_t entry) const {
  ShardPlace place;
  std::memcpy(&place.position, index.data() + 16 * entry, 8);
  std::memcpy(&place.bytes, index.data() + 16 * entry + 8, 8);
  if (place.position == kNotStored && place.bytes == kNotStored) return std::nullopt;
  if (place.position > file.sizeBytes() || place.bytes > file.sizeBytes() - place.position)
    fail("the index of its shard puts it outside of the file, {} bytes at {}", place.bytes, place.position);
  return place;
}

std::shared_ptr<const Shard> ShardFiles::open(const std::filesystem::path& file) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto shard = findRecent(file)) return *shard;
  }
  std::shared_ptr<const Shard> opened = readShard(file);
  // If two threads came here for the same shard, the first one's stays.
  const std::lock_guard lock(mutex_);
  if (const auto shard = findRecent(file)) return *shard;
  recent_.push_front({file, std::move(opened)});
  if (recent_.size() > kMaxOpenShards) recent_.pop_back();
  return recent_.front().shard;
}

std::shared_ptr<const Shard> ShardFiles::readShard(const std::filesystem::path& file) const {
  std::optional<arrays::StoredFile> opened = arrays::StoredFile::find(file);
  if (!opened) return nullptr;
  const std::size_t bytes = layout_.indexCodecs.maxEncodedBytes();
  if (opened->sizeBytes() < bytes)
    fail("its shard has {} bytes, the index alone takes {}", opened->sizeBytes(), bytes);
  std::vector<std::byte> encoded(bytes);
  opened->readAt(layout_.indexAtStart ? 0 : opened->sizeBytes() - bytes, encoded);
  std::vector<std::byte> index(layout_.indexCodecs.decodedBytes());
  DecodeScratch scratch;
  layout_.indexCodecs.decode(encoded, index, scratch);
  return std::make_shared<const Shard>(Shard{std::move(*opened), std::move(index)});
}

/// Under the lock.
std::optional<std::shared_ptr<const Shard>> ShardFiles::findRecent(const std::filesystem::path& file) {
  const auto found = std::ranges::find(recent_, file, &Entry::file);
  if (found == recent_.end()) return std::nullopt;
  recent_.splice(recent_.begin(), recent_, found);
  return recent_.front().shard;
}

}  // namespace volary::zarr
