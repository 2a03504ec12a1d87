#include "formats/zarr/shard_files.h"

#include "base/error.h"
#include "storage/location.h"

#include <algorithm>
#include <cstring>

namespace volary::zarr {

namespace {

// For each depth. An open shard keeps an index of up to 64 MiB, mostly some KiB, and a file descriptor.
constexpr std::size_t kMaxOpenShards = 16;
// Both fields of the index for a chunk that is not stored.
constexpr std::uint64_t kNotStored = ~std::uint64_t{0};

}  // namespace

std::optional<ShardPlace> Shard::findChunk(std::size_t entry) const {
  ShardPlace chunk;
  std::memcpy(&chunk.position, index.data() + 16 * entry, 8);
  std::memcpy(&chunk.bytes, index.data() + 16 * entry + 8, 8);
  if (chunk.position == kNotStored && chunk.bytes == kNotStored) return std::nullopt;
  if (chunk.position > place.bytes || chunk.bytes > place.bytes - chunk.position)
    fail("the index of its shard puts it outside of the shard, {} bytes at {}", chunk.bytes, chunk.position);
  chunk.position += place.position;
  return chunk;
}

std::optional<ShardFiles::Chunk> ShardFiles::find(const Location& file, std::span<const std::size_t> entries) {
  std::shared_ptr<const Shard> shard;
  ShardPlace place;
  for (std::size_t depth = 0; depth < entries.size(); ++depth) {
    shard = open(file, depth, shard.get(), place);
    if (!shard) return std::nullopt;
    const std::optional<ShardPlace> inside = shard->findChunk(entries[depth]);
    if (!inside) return std::nullopt;
    place = *inside;
  }
  return Chunk{shard->file, place};
}

std::shared_ptr<const Shard> ShardFiles::open(const Location& file, std::size_t depth, const Shard* outer,
                                              const ShardPlace& place) {
  {
    const std::lock_guard lock(mutex_);
    if (auto shard = findRecent(file, depth, place.position)) return shard;
  }
  std::shared_ptr<const Shard> opened;
  if (outer) {
    opened = readShard(outer->file, depth, place);
  } else {
    const std::shared_ptr<const ByteFile> found = file.find();
    if (!found) return nullptr;
    opened = readShard(found, depth, {.position = 0, .bytes = found->sizeBytes()});
  }
  // If two threads came here for the same shard, the first one's stays.
  const std::lock_guard lock(mutex_);
  if (auto shard = findRecent(file, depth, place.position)) return shard;
  recent_.push_front({file, depth, place.position, opened});
  if (recent_.size() > kMaxOpenShards * layouts_.size()) recent_.pop_back();
  return opened;
}

std::shared_ptr<const Shard> ShardFiles::readShard(std::shared_ptr<const ByteFile> file, std::size_t depth,
                                                   const ShardPlace& place) const {
  const ShardLayout& layout = layouts_[depth];
  const std::size_t bytes = layout.indexCodecs.maxEncodedBytes();
  if (place.bytes < bytes) fail("its shard has {} bytes, the index alone takes {}", place.bytes, bytes);
  std::vector<std::byte> encoded(bytes);
  file->readAt(place.position + (layout.indexAtStart ? 0 : place.bytes - bytes), encoded);
  std::vector<std::byte> index(layout.indexCodecs.decodedBytes());
  DecodeScratch scratch;
  layout.indexCodecs.decode(encoded, index, scratch);
  return std::make_shared<const Shard>(Shard{std::move(file), place, std::move(index)});
}

/// Under the lock. Null if there is none.
std::shared_ptr<const Shard> ShardFiles::findRecent(const Location& file, std::size_t depth, std::uint64_t position) {
  const auto found = std::ranges::find_if(recent_, [&](const Entry& entry) {
    return entry.position == position && entry.depth == depth && entry.file == file;
  });
  if (found == recent_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found);
  return recent_.front().shard;
}

}  // namespace volary::zarr
