#include "formats/zarr/zarr_array.h"

#include "base/error.h"
#include "storage/location.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace volary::zarr {

namespace {

/// Early writers did not state that their chunks are in folders.
char findSeparator(const Location& folder, const ArrayMetadata& metadata) {
  if (metadata.separatorIsStated || metadata.layout.shape.size() < 2) return metadata.keySeparator;
  return (folder / "0").isFolder() ? '/' : metadata.keySeparator;
}

}  // namespace

ZarrArray::ZarrArray(Location folder, ArrayMetadata metadata)
    : StoredArray(std::move(folder), metadata.layout), metadata_(std::move(metadata)) {
  metadata_.keySeparator = findSeparator(this->folder(), metadata_);
  if (!metadata_.shards.empty()) shards_ = std::make_unique<ShardFiles>(metadata_.shards);
}

Location ZarrArray::fileOf(std::span<const std::int64_t> index) const {
  std::string key = metadata_.keyPrefix;
  for (std::size_t axis = 0; axis < index.size(); ++axis) {
    if (axis > 0) key += metadata_.keySeparator;
    key += std::to_string(index[axis]);
  }
  return folder() / key;
}

std::pair<Location, std::vector<std::size_t>> ZarrArray::placeInShards(std::span<const std::int64_t> chunk) const {
  Extents index(chunk.begin(), chunk.end());
  std::vector<std::size_t> entries(metadata_.shards.size());
  // From the innermost shards, in whose grid the chunks are, to the files.
  for (std::size_t depth = entries.size(); depth-- > 0;) {
    const ShardLayout& shards = metadata_.shards[depth];
    for (std::size_t axis = 0; axis < index.size(); ++axis) {
      entries[depth] += static_cast<std::size_t>(index[axis] % shards.chunks[axis] * shards.strides[axis]);
      index[axis] /= shards.chunks[axis];
    }
  }
  return {fileOf(index), std::move(entries)};
}

std::optional<ChunkPlace> ZarrArray::findInShard(std::span<const std::int64_t> chunk) const {
  const auto [file, entries] = placeInShards(chunk);
  return shards_->find(file, entries);
}

bool ZarrArray::isChanged(std::span<const std::int64_t> chunk) const {
  return shards_ && shards_->isChanged(placeInShards(chunk).first);
}

RawChunk ZarrArray::makeMissing() const { return {.bytes = {}, .filterMask = 0, .stored = !metadata_.fill.empty()}; }

RawChunk ZarrArray::readChunk(std::span<const std::int64_t> chunk) const {
  const std::size_t maxBytes = metadata_.codecs.maxEncodedBytes();
  RawChunk raw{.stored = true};
  if (shards_) {
    const auto found = findInShard(chunk);
    if (!found) return makeMissing();
    const ByteRange& range = found->range;
    if (range.bytes > maxBytes) fail("it takes {} bytes in its shard, more than {}", range.bytes, maxBytes);
    raw.bytes.resize(range.bytes);
    found->file->readAt(range.position, raw.bytes);
  } else {
    std::optional<std::vector<std::byte>> bytes = fileOf(chunk).findBytes(maxBytes);
    if (!bytes) return makeMissing();
    raw.bytes = std::move(*bytes);
  }
  if (raw.bytes.empty()) fail("it is stored with 0 bytes");
  return raw;
}

std::optional<ChunkPlace> ZarrArray::findShared(std::span<const std::int64_t> chunk) const {
  if (!shards_) return std::nullopt;
  std::optional<ChunkPlace> found = findInShard(chunk);
  const bool isSound = found && found->range.bytes > 0 && found->range.bytes <= metadata_.codecs.maxEncodedBytes();
  return isSound ? found : std::nullopt;
}

void ZarrArray::decodeChunk(const RawView& raw, std::span<std::byte> voxels, DecodeScratch& scratch) const {
  if (!raw.bytes.empty()) return metadata_.codecs.decode(raw.bytes, voxels, scratch);
  if (metadata_.fill.empty()) {
    std::ranges::fill(voxels, std::byte{0});
    return;
  }
  const std::size_t width = metadata_.fill.size();
  for (std::size_t i = 0; i + width <= voxels.size(); i += width)
    std::memcpy(voxels.data() + i, metadata_.fill.data(), width);
}

std::uint64_t ZarrArray::countChunkBytes(std::span<const std::int64_t> chunk) const {
  if (!shards_) return fileOf(chunk).findVersion().value_or(FileVersion()).sizeBytes;
  const auto found = findInShard(chunk);
  return found ? found->range.bytes : 0;
}

}  // namespace volary::zarr
