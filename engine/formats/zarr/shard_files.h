#pragma once

#include "base/recently_used.h"
#include "formats/shared/chunk_reads.h"
#include "formats/zarr/array_metadata.h"
#include "storage/location.h"

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <vector>

namespace volary::zarr {

/// A shard whose index has been read; its file is open.
struct Shard {
  std::shared_ptr<const ByteFile> file;
  ByteRange place;
  std::vector<std::byte> index;  ///< decoded: offset and length of each chunk, 64 bits each, native byte order

  /// The place of a chunk; nothing if it is not stored. Throws Error if the index puts it outside of the shard.
  std::optional<ByteRange> findChunk(std::size_t entry) const;
};

/// The shards of an array that were used last, open. Any thread.
class ShardFiles {
 public:
  /// `layouts` as in ArrayMetadata; it outlives this.
  explicit ShardFiles(std::span<const ShardLayout> layouts);

  /// The chunk that `entries` of the indices, one for each layout, lead to. Nothing if the file is not there, or a
  /// shard or chunk on the way is not stored. Throws Error (without the file's name) if an index can't be read.
  std::optional<ChunkPlace> find(const Location& file, std::span<const std::size_t> entries);

  /// True if the file has changed since it was opened, now or at an earlier failure. It is opened anew from then on.
  bool isChanged(const Location& file);

 private:
  struct Key {
    Location file;
    std::size_t depth = 0;       ///< index into layouts_
    std::uint64_t position = 0;  ///< in the file

    bool operator==(const Key&) const = default;
  };
  /// The shard of this depth at `place` of `outer`, or, without one, in the file; null if there is no file.
  std::shared_ptr<const Shard> open(const Location& file, std::size_t depth, const Shard* outer,
                                    const ByteRange& place);
  std::shared_ptr<const Shard> readShard(std::shared_ptr<const ByteFile> file, std::size_t depth,
                                         const ByteRange& place) const;

  std::span<const ShardLayout> layouts_;
  RecentlyUsed<Key, const Shard> open_;
  std::mutex mutex_;
  std::set<Location> changed_;
};

}  // namespace volary::zarr
