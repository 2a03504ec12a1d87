#pragma once

#include "formats/zarr/array_metadata.h"
#include "storage/location.h"

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace volary::zarr {

/// A chunk, or a shard, as a part of a file.
struct ShardPlace {
  std::uint64_t position = 0;
  std::uint64_t bytes = 0;
};

/// A shard whose index has been read; its file is open.
struct Shard {
  std::shared_ptr<const ByteFile> file;
  ShardPlace place;
  std::vector<std::byte> index;  ///< decoded: offset and length of each chunk, 64 bits each, native byte order

  /// The place of a chunk; nothing if it is not stored. Throws Error if the index puts it outside of the shard.
  std::optional<ShardPlace> findChunk(std::size_t entry) const;
};

/// The shards of an array that were used last, open. Any thread.
class ShardFiles {
 public:
  /// `layouts` as in ArrayMetadata; it outlives this.
  explicit ShardFiles(std::span<const ShardLayout> layouts) : layouts_(layouts) {}

  struct Chunk {
    std::shared_ptr<const ByteFile> file;
    ShardPlace place;
  };
  /// The chunk that `entries` of the indices, one for each layout, lead to. Nothing if the file is not there, or a
  /// shard or chunk on the way is not stored. Throws Error (without the file's name) if an index can't be read.
  std::optional<Chunk> find(const Location& file, std::span<const std::size_t> entries);

 private:
  struct Entry {
    Location file;
    std::size_t depth = 0;       ///< index into layouts_
    std::uint64_t position = 0;  ///< in the file
    std::shared_ptr<const Shard> shard;
  };
  /// The shard of this depth at `place` of `outer`, or, without one, in the file; null if there is no file.
  std::shared_ptr<const Shard> open(const Location& file, std::size_t depth, const Shard* outer,
                                    const ShardPlace& place);
  std::shared_ptr<const Shard> readShard(std::shared_ptr<const ByteFile> file, std::size_t depth,
                                         const ShardPlace& place) const;
  std::shared_ptr<const Shard> findRecent(const Location& file, std::size_t depth, std::uint64_t position);

  std::span<const ShardLayout> layouts_;
  std::mutex mutex_;
  std::list<Entry> recent_;  ///< the last used first
};

}  // namespace volary::zarr
