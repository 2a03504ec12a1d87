#pragma once

#include "formats/arrays/stored_file.h"
#include "formats/zarr/array_metadata.h"

#include <list>
#include <memory>
#include <mutex>
#include <string>

namespace volary::zarr {

/// Where a chunk stands in its shard.
struct ShardPlace {
  std::uint64_t position = 0;
  std::uint64_t bytes = 0;
};

/// An open shard whose index has been read.
struct Shard {
  arrays::StoredFile file;
  std::vector<std::byte> index;   ///< decoded: offset and length of each chunk, 64 bits each, native byte order

  /// Nothing if the chunk is not stored. Throws Error if it is said to stand outside of the file.
  std::optional<ShardPlace> findChunk(std::size_t entry) const;
};

/// The shards of an array that were used last, open. Any thread.
class ShardFiles {
 public:
  explicit ShardFiles(const ShardLayout& layout) : layout_(layout) {}

  /// Null if there is no such file. Throws Error (without the file's name) if its index can't be read.
  std::shared_ptr<const Shard> open(const std::filesystem::path& file);

 private:
  struct Entry {
    std::filesystem::path file;
    std::shared_ptr<const Shard> shard;
  };
  std::shared_ptr<const Shard> readShard(const std::filesystem::path& file) const;
  std::optional<std::shared_ptr<const Shard>> findRecent(const std::filesystem::path& file);

  const ShardLayout& layout_;
  std::mutex mutex_;
  std::list<Entry> recent_;  ///< the last used first
};

}  // namespace volary::zarr
