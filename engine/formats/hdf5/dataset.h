#pragma once

#include "formats/hdf5/chunk_index.h"
#include "formats/hdf5/datatype.h"
#include "formats/hdf5/messages.h"
#include "formats/hdf5/object.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace volary::hdf5 {

/// A dataset: what its elements are, and where their bytes lie. Dimensions are slowest first, as in the file.
///
/// Any thread. The index of its chunks is read when first asked for, and kept. Damage in it is remembered, too, but not
/// a failure to read it. Errors lack the names of file and dataset: the caller knows them, and the chunk.
class Dataset {
 public:
  /// Throws Error if the object is no dataset, or its description is damaged; Unsupported if it is not understood.
  explicit Dataset(Object object);

  const File& file() const { return *object_.file(); }
  const Dataspace& space() const { return space_; }
  const Datatype& type() const { return type_; }
  const Layout& layout() const { return layout_; }
  /// In the order of writing.
  const std::vector<Filter>& filters() const { return filters_; }
  /// As stored; empty if there is none, which means zero.
  const std::vector<std::byte>& fillValue() const { return fillValue_; }

  bool isChunked() const { return layout_.storage == StorageKind::chunked; }
  /// Only for a chunked dataset.
  const ChunkGrid& grid() const { return grid_; }

  /// Where a chunk lies, by its number along each dimension; nothing if it is not stored.
  std::optional<ChunkPlace> findChunk(std::span<const std::uint64_t> chunk) const { return index().find(chunk); }

  /// Bytes that the elements take in the file. Reads the index of chunks.
  std::uint64_t storedBytes() const;

  /// The place of unchunked elements; nothing if they are not stored, or are in layout().compactData.
  std::optional<std::uint64_t> contiguousPosition() const;

  /// Reads the bytes of a chunk, as stored. Takes no lock: any number of threads may read at once.
  void readChunk(const ChunkPlace& place, std::span<std::byte> out) const;

  const ChunkIndex& index() const;

 private:
  void describe();

  struct LazyIndex {
    std::atomic<const ChunkIndex*> ready = nullptr;  ///< `index` once it is there, so that looking up takes no lock
    std::mutex mutex;
    std::unique_ptr<const ChunkIndex> index;
    std::exception_ptr failure;
  };

  Object object_;
  Dataspace space_;
  Datatype type_;
  Layout layout_;
  std::vector<Filter> filters_;
  std::vector<std::byte> fillValue_;
  std::uint64_t valueCount_ = 0;
  ChunkGrid grid_;
  std::shared_ptr<LazyIndex> lazy_ = std::make_shared<LazyIndex>();
};

}  // namespace volary::hdf5
