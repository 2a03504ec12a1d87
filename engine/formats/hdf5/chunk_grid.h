#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace volary::hdf5 {

struct Dataspace;
struct Layout;

/// How a dataset is cut into chunks. Slowest dimension first, as in the file.
struct ChunkGrid {
  std::vector<std::uint64_t> chunkDims;
  std::vector<std::uint64_t> counts;  ///< chunks along each dimension that the extent touches
  /// Chunks along each dimension that the largest allowed extent touches; kUnlimited if there is none.
  std::vector<std::uint64_t> maxCounts;
  std::uint64_t cells = 0;       ///< the product of `counts`
  std::uint32_t chunkBytes = 0;  ///< of a chunk that is not filtered

  std::size_t rank() const { return counts.size(); }

  /// The chunk's number within `counts`, last dimension fastest. The coordinate must be inside.
  std::uint64_t cellOf(std::span<const std::uint64_t> chunk) const;
  bool contains(std::span<const std::uint64_t> chunk) const;
};

/// Throws Error if shape and chunks don't go together or are absurd.
ChunkGrid makeChunkGrid(const Dataspace& space, const Layout& layout);

}  // namespace volary::hdf5
