#pragma once

#include "formats/zarr/array_metadata.h"
#include "formats/zarr/shard_files.h"
#include "storage/location.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace volary::zarr {

/// A Zarr array of either version in a folder, read chunk by chunk, also chunks inside of shards.
class ZarrArray final : public arrays::StoredArray {
 public:
  /// Throws Error (without a name) if the shape or the chunks are impossible.
  ZarrArray(Location folder, ArrayMetadata metadata);

  RawChunk readChunk(std::span<const std::int64_t> chunk) const override;
  std::optional<ChunkPlace> findShared(std::span<const std::int64_t> chunk) const override;
  bool isChanged(std::span<const std::int64_t> chunk) const override;
  void decodeChunk(const RawView& raw, std::span<std::byte> voxels, DecodeScratch& scratch) const override;
  std::uint64_t countChunkBytes(std::span<const std::int64_t> chunk) const override;

 private:
  /// The file with the chunk (or shard) of this index in its grid.
  Location fileOf(std::span<const std::int64_t> index) const;
  /// The place of a chunk among shards: its file, and its entry in the index of each shard around it.
  std::pair<Location, std::vector<std::size_t>> placeInShards(std::span<const std::int64_t> chunk) const;
  /// The place of a chunk in its shard; nothing if its file, or the chunk in a shard, is not stored.
  std::optional<ChunkPlace> findInShard(std::span<const std::int64_t> chunk) const;
  RawChunk makeMissing() const;

  ArrayMetadata metadata_;
  std::unique_ptr<ShardFiles> shards_;  ///< null if there are none
};

}  // namespace volary::zarr
