#pragma once

#include "formats/hdf5/chunk_grid.h"
#include "formats/hdf5/layout.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace volary::hdf5 {

class File;

/// Where the bytes of a chunk lie.
struct ChunkPlace {
  std::uint64_t position = 0;  ///< in the file, not relative to its base address
  std::uint32_t bytes = 0;
  std::uint32_t filterMask = 0;  ///< bit i set = filter i was skipped
  bool operator==(const ChunkPlace&) const = default;
};

/// The places of all stored chunks of one dataset. Immutable; any thread.
///
/// Keeps 12 to 24 bytes for each stored chunk, whatever the extent. A look-up takes constant time if a quarter of the
/// chunks or more are stored, otherwise logarithmic time in their number.
class ChunkIndex {
 public:
  /// Reads the whole index of a chunked dataset: time and memory are linear in the chunks that are stored. Throws Error
  /// if any of it is damaged, Unsupported if it is of an unknown kind.
  ChunkIndex(const File& file, const ChunkGrid& grid, const Layout& layout, bool isFiltered);

  /// Where a chunk is; nothing if it is not stored, so that its voxels are the fill value. `chunk` is its number along
  /// each dimension, slowest first. Throws Error if that is outside of the grid.
  std::optional<ChunkPlace> find(std::span<const std::uint64_t> chunk) const;

  std::uint64_t storedChunks() const { return storedChunks_; }
  std::uint64_t storedBytes() const { return storedBytes_; }

 private:
  friend class ChunkCollector;

  ChunkGrid grid_;
  std::uint64_t storedChunks_ = 0;
  std::uint64_t storedBytes_ = 0;
  /// Implicit index: chunks follow one another from here on, numbered by `grid_.maxCounts`.
  std::optional<std::uint64_t> implicitPosition_;
  /// One entry for each stored chunk, by rising cell; or, if `cells_` is empty, one for each cell of the grid.
  std::vector<std::uint64_t> cells_;
  std::vector<std::uint64_t> positions_;  ///< kUndefinedAddress = not stored
  std::vector<std::uint32_t> bytes_;      ///< empty if all have grid_.chunkBytes
  std::vector<std::uint32_t> masks_;      ///< empty if all are zero
};

}  // namespace volary::hdf5
