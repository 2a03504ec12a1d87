#pragma once

#include "formats/shared/chunk_reads.h"
#include "pyramid/source.h"
#include "storage/location.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// What Zarr and N5 have in common: arrays of any rank whose chunks are files in a folder.
namespace volary::arrays {

/// One number an axis, the slowest axis of the array first.
using Extents = std::vector<std::int64_t>;

/// The shape of an array and of its chunks, and how the voxels of a decoded chunk lie in memory.
struct ArrayLayout {
  VoxelType voxelType = VoxelType::uint16;
  Extents shape;
  Extents chunkShape;
  Extents strides;    ///< of a decoded chunk, in voxels, per axis; a permutation of the axes, no gaps
  std::string codec;  ///< the codecs in the order of writing, for people; "raw" if there are none
};

/// The strides of a chunk whose axis order[0] is slowest, order[1] next ...
Extents stridesOf(const Extents& chunkShape, const std::vector<int>& order);

/// The bytes of a decoded chunk.
std::size_t chunkBytes(const ArrayLayout& layout);

/// Checks what a damaged or hostile file may state: rank, extents and chunks that can be held in memory. Throws Error.
void checkLayout(const ArrayLayout& layout);

/// An array in a folder. Immutable except for what it remembers about its files; any thread.
class StoredArray {
 public:
  StoredArray(Location folder, ArrayLayout layout);
  virtual ~StoredArray() = default;
  StoredArray(const StoredArray&) = delete;
  StoredArray& operator=(const StoredArray&) = delete;

  const Location& folder() const { return folder_; }
  const ArrayLayout& layout() const { return layout_; }

  /// The bytes of the chunk with this index along each axis. If a chunk is not stored and its voxels are not zero, the
  /// result is `stored`, without bytes. Throws Error (without a name).
  virtual RawChunk readChunk(std::span<const std::int64_t> chunk) const = 0;

  /// Where the chunk stands, if its file holds others, too. Nothing if it has a file of its own, is not stored, or
  /// can't be read, as readChunk() says.
  virtual std::optional<ChunkPlace> findShared(std::span<const std::int64_t>) const { return std::nullopt; }

  /// True if the file that holds the chunk is kept open and has changed since it was opened, now or at an earlier
  /// failure. It is opened anew from then on.
  virtual bool isChanged(std::span<const std::int64_t>) const { return false; }

  /// Decodes into `voxels`: chunkBytes(layout()) bytes, native byte order, as layout() says. Throws Error (without a
  /// name) if `raw` is damaged; then `voxels` is undefined.
  virtual void decodeChunk(const RawView& raw, std::span<std::byte> voxels, DecodeScratch& scratch) const = 0;

  /// The bytes that the chunk takes in its file, 0 if it is not stored. Throws Error (without a name).
  virtual std::uint64_t countChunkBytes(std::span<const std::int64_t> chunk) const = 0;

 private:
  Location folder_;
  ArrayLayout layout_;
};

}  // namespace volary::arrays
