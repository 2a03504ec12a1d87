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

ShardFiles::ShardFiles(std::span<const ShardLayout> layouts)
    : layouts_(layouts), open_(kMaxOpenShards * layouts.size()) {}

std::optional<ByteRange> Shard::findChunk(std::size_t entry) const {
  ByteRange chunk;
  std::memcpy(&chunk.position, index.data() + 16 * entry, 8);
  std::memcpy(&chunk.bytes, index.data() + 16 * entry + 8, 8);
  if (chunk.position == kNotStored && chunk.bytes == kNotStored) return std::nullopt;
  if (chunk.position > place.bytes || chunk.bytes > place.bytes - chunk.position)
    fail("the index of its shard puts it outside of the shard, {} bytes at {}", chunk.bytes, chunk.position);
  chunk.position += place.position;
  return chunk;
}

std::optional<ChunkPlace> ShardFiles::find(const Location& file, std::span<const std::size_t> entries) {
  std::shared_ptr<const Shard> shard;
  ByteRange place;
  for (std::size_t depth = 0; depth < entries.size(); ++depth) {
    shard = open(file, depth, shard.get(), place);
    if (!shard) return std::nullopt;
    const std::optional<ByteRange> inside = shard->findChunk(entries[depth]);
    if (!inside) return std::nullopt;
    place = *inside;
  }
  return ChunkPlace{shard->file, place};
}

std::shared_ptr<const Shard> ShardFiles::open(const Location& file, std::size_t depth, const Shard* outer,
                                              const ByteRange& place) {
  return open_.findOrMake({file, depth, place.position}, [&]() -> std::shared_ptr<const Shard> {
    if (outer) return readShard(outer->file, depth, place);
    const std::shared_ptr<const ByteFile> found = file.find();
    return found ? readShard(found, depth, {.position = 0, .bytes = found->sizeBytes()}) : nullptr;
  });
}

std::shared_ptr<const Shard> ShardFiles::readShard(std::shared_ptr<const ByteFile> file, std::size_t depth,
                                                   const ByteRange& place) const {
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

bool ShardFiles::isChanged(const Location& file) {
  const std::size_t dropped =
      open_.eraseIf([&](const Key& key, const Shard& shard) { return key.file == file && !shard.file->isAsOpened(); });
  const std::lock_guard lock(mutex_);
  if (dropped > 0) changed_.insert(file);
  return changed_.contains(file);
}

}  // namespace volary::zarr
