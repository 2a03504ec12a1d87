#pragma once

#include "pyramid/dataset.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace volary {

/// A chunk as it lies in the file.
struct RawChunk {
  std::vector<std::byte> bytes;   ///< empty if the chunk is not stored (its voxels are the fill value)
  std::uint32_t filterMask = 0;   ///< HDF5: bit i set = filter i was skipped for this chunk
  bool stored = false;
};

/// Memory of a decoder that is kept from chunk to chunk, so that decoding allocates nothing in the steady state. One
/// per worker; never shared.
class DecodeScratch {
 public:
  /// At least `size` bytes of uninitialised memory; `slot` 0 or 1 tells apart the two buffers of a filter chain.
  std::span<std::byte> buffer(int slot, std::size_t size);

 private:
  std::vector<std::byte> buffers_[2];
};

/// Where voxels come from: an opened file, or a synthetic field. A format implements this and nothing else.
///
/// Reading a chunk has two stages, because the first waits for a disk and the second for a core: `readChunk` and
/// `decodeChunk`. All functions may be called from any thread at the same time.
class Source {
 public:
  Source() = default;
  virtual ~Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  virtual const Dataset& dataset() const = 0;

  /// The levels of one image, read when first asked for and then remembered; the reference stays valid as long as the
  /// source. Throws Error if the image is missing (Setup::present is false), or its metadata can't be read.
  virtual const ImagePyramid& pyramid(ImageId image) = 0;

  /// Bytes stored of one level, counted chunk by chunk if need be. Throws Error as pyramid() does.
  virtual std::uint64_t countBytesStored(ImageId image, int level) = 0;

  /// Reads one chunk's bytes. Throws Error, naming file, image, level and chunk, if they can't be read.
  virtual RawChunk readChunk(const ChunkKey& key) = 0;

  /// Decodes one chunk into `voxels`: the full chunk shape (also where it reaches beyond the level), x fastest, native
  /// byte order, chunkVoxels.x * y * z * voxelBytes(voxelType) bytes. Throws Error if `raw` is damaged; then `voxels`
  /// is undefined.
  virtual void decodeChunk(const ChunkKey& key, const RawChunk& raw, std::span<std::byte> voxels,
                           DecodeScratch& scratch) = 0;
};

}  // namespace volary
