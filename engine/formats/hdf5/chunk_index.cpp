#include "formats/hdf5/chunk_index.h"

#include "base/checked_math.h"
#include "formats/hdf5/chunk_collector.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/unsupported.h"

#include <algorithm>

namespace volary::hdf5 {

namespace {

/// The chunk's number in an index that counts by the largest allowed extent.
std::uint64_t numberOf(std::span<const std::uint64_t> chunk, const ChunkGrid& grid) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < grid.rank(); ++i) number = number * grid.maxCounts[i] + chunk[i];
  return number;
}

/// Appendix C, "Implicit": all chunks are stored, unfiltered, one after the other.
std::uint64_t findImplicit(const File& file, const ChunkGrid& grid, std::uint64_t address, bool isFiltered) {
  if (isFiltered) fail("its chunks are filtered, which an implicit index can't have");
  std::uint64_t bytes = grid.chunkBytes;
  for (const std::uint64_t count : grid.maxCounts)
    if (count == kUnlimited || !multiply(bytes, count, bytes))
      fail("it has more chunks than an implicit index can have");
  return file.positionOf(address, bytes, "list of chunks");
}

}  // namespace

ChunkIndex::ChunkIndex(const File& file, const ChunkGrid& grid, const Layout& layout, bool isFiltered) : grid_(grid) {
  ChunkCollector chunks(file, grid_, isFiltered);
  if (layout.address != kUndefinedAddress && grid.cells > 0) {
    switch (layout.index) {
      case IndexKind::btreeV1: readBtreeV1Chunks(layout.address, chunks); break;
      case IndexKind::btreeV2: readBtreeV2Chunks(layout.address, chunks); break;
      case IndexKind::fixedArray: readFixedArrayChunks(layout.address, chunks); break;
      case IndexKind::extensibleArray: readExtensibleArrayChunks(layout.address, chunks); break;
      case IndexKind::singleChunk: {
        const std::vector<std::uint64_t> origin(grid.rank(), 0);
        chunks.add(origin, {.address = layout.address,
                            .bytes = layout.singleIsFiltered ? layout.singleBytes : grid.chunkBytes,
                            .filterMask = layout.singleMask});
        break;
      }
      case IndexKind::implicit:
        implicitPosition_ = findImplicit(file, grid_, layout.address, isFiltered);
        storedChunks_ = grid.cells;
        storedBytes_ = grid.cells * grid.chunkBytes;
        return;
    }
  }
  chunks.finish(*this);
}

std::optional<ChunkPlace> ChunkIndex::find(std::span<const std::uint64_t> chunk) const {
  if (!grid_.contains(chunk)) fail("there is no such chunk");
  if (implicitPosition_)
    return ChunkPlace{.position = *implicitPosition_ + numberOf(chunk, grid_) * grid_.chunkBytes,
                      .bytes = grid_.chunkBytes};
  std::uint64_t entry = grid_.cellOf(chunk);
  if (!cells_.empty()) {
    const auto found = std::ranges::lower_bound(cells_, entry);
    if (found == cells_.end() || *found != entry) return std::nullopt;
    entry = static_cast<std::uint64_t>(found - cells_.begin());
  }
  if (entry >= positions_.size() || positions_[entry] == kUndefinedAddress) return std::nullopt;
  return ChunkPlace{.position = positions_[entry],
                    .bytes = bytes_.empty() ? grid_.chunkBytes : bytes_[entry],
                    .filterMask = masks_.empty() ? 0 : masks_[entry]};
}

}  // namespace volary::hdf5
