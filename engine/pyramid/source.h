#pragma once

#include "pyramid/brick.h"
#include "pyramid/brick_statistics.h"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace volary {

/// A chunk as it lies in the file. Whoever made this owns the memory.
struct RawView {
  std::span<const std::byte> bytes;
  std::uint32_t filterMask = 0;  ///< HDF5: bit i set = filter i was skipped for this chunk
  bool stored = false;           ///< if false, its voxels are zero and it is not decoded
};

/// The same with memory of its own.
struct RawChunk {
  /// May be empty: a format that fills chunks it does not store with something other than zero says `stored` here, and
  /// lets its decodeChunk() fill.
  std::vector<std::byte> bytes;
  std::uint32_t filterMask = 0;
  bool stored = false;

  operator RawView() const { return {.bytes = bytes, .filterMask = filterMask, .stored = stored}; }
};

/// Takes the chunks that Source::readChunks() reads, one at a time.
class ChunkSink {
 public:
  enum class Next { goOn, stop };

  virtual ~ChunkSink() = default;

  /// The chunk of `keys[index]` is read next, perhaps with others. A read may hang.
  virtual void begin(std::size_t index) = 0;

  /// Memory for one read, which may hold many chunks: at least `size` bytes, uninitialised. Valid until the next call.
  virtual std::span<std::byte> buffer(std::size_t size) = 0;

  /// The chunk is there; `raw` is valid during this call.
  virtual Next take(std::size_t index, const RawView& raw) = 0;

  /// It can't be read: `failure` is what readChunk() would have thrown.
  virtual Next fail(std::size_t index, std::exception_ptr failure) = 0;
};

/// The cost of readChunks(), whether the chunks needed all of it or not.
struct ReadCost {
  std::uint64_t bytes = 0;
  std::uint64_t calls = 0;
};

/// Memory of a decoder that is kept from chunk to chunk, so that decoding allocates nothing in the steady state. One
/// per worker; never shared.
class DecodeScratch {
 public:
  /// At least `size` bytes of uninitialised memory; `slot`, 0 or 1, selects one of the two buffers of a filter chain.
  std::span<std::byte> buffer(int slot, std::size_t size);

 private:
  std::vector<std::byte> buffers_[2];
};

class GrowingPyramids;
class Location;

/// Where voxels come from: an opened file, or a synthetic field. A format implements this, without growing(), and
/// nothing else.
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

  /// What the dataset is read from, as far as that is known without reading its images: the file that was opened, and
  /// those that its metadata name. A folder stands for all that lies in it. Always the same; empty if voxels are
  /// computed.
  virtual std::vector<Location> files() = 0;

  /// The levels of one image, read when first asked for and then remembered; the reference stays valid as long as the
  /// source. A source that makes coarser levels while it is open returns another pyramid when they are there, or turn
  /// out to be impossible; lasting levels keep their numbers. Throws Error if the image is missing (Setup::present is
  /// false), or its metadata can't be read.
  virtual const ImagePyramid& pyramid(ImageId image) = 0;

  /// The further interface of a source that makes coarser levels while it is open; null if this one doesn't.
  virtual GrowingPyramids* growing() { return nullptr; }

  /// How many bytes are stored of one level, counted chunk by chunk if need be. Throws Error as pyramid() does.
  virtual std::uint64_t countBytesStored(ImageId image, int level) = 0;

  /// Reads one chunk's bytes. Throws Error, naming file, image, level and chunk, if they can't be read.
  virtual RawChunk readChunk(const ChunkKey& key) = 0;

  /// Reads many chunks of one level, in the order that suits the file, and gives each to `sink` as soon as it is there,
  /// until all are or the sink says stop. Throws nothing but what the sink throws. The default calls readChunk() for
  /// each; a format whose chunks lie side by side reads neighbours at once (formats/shared/chunk_reads.h).
  virtual ReadCost readChunks(std::span<const ChunkKey> keys, ChunkSink& sink);

  /// Decodes one chunk into `voxels`: the full chunk shape (also where it reaches beyond the level), x fastest, native
  /// byte order, chunkVoxels.x * y * z * voxelBytes(voxelType) bytes. Throws Error if `raw` is damaged; then `voxels`
  /// is undefined.
  virtual void decodeChunk(const ChunkKey& key, const RawView& raw, std::span<std::byte> voxels,
                           DecodeScratch& scratch) = 0;
};

/// Source::readChunk() for a sink: gives it the chunk, or its failure, and adds the cost.
ChunkSink::Next readChunkInto(Source& source, const ChunkKey& key, std::size_t index, ChunkSink& sink, ReadCost& cost);

}  // namespace volary
