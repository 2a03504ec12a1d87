#include "formats/hdf5/chunk_grid.h"

#include "base/checked_math.h"
#include "formats/hdf5/layout.h"
#include "formats/hdf5/messages.h"
#include "formats/hdf5/unsupported.h"

#include <limits>

namespace volary::hdf5 {

std::uint64_t ChunkGrid::cellOf(std::span<const std::uint64_t> chunk) const {
  std::uint64_t cell = 0;
  for (std::size_t i = 0; i < rank(); ++i) cell = cell * counts[i] + chunk[i];
  return cell;
}

bool ChunkGrid::contains(std::span<const std::uint64_t> chunk) const {
  for (std::size_t i = 0; i < rank(); ++i)
    if (chunk[i] >= counts[i]) return false;
  return chunk.size() == rank();
}

ChunkGrid makeChunkGrid(const Dataspace& space, const Layout& layout) {
  if (space.dims.size() != layout.chunkDims.size())
    fail("it has {} dimensions and its chunks have {}", space.dims.size(), layout.chunkDims.size());
  ChunkGrid grid;
  grid.chunkDims = layout.chunkDims;
  grid.cells = 1;
  std::uint64_t bytes = layout.elementBytes;
  for (std::size_t i = 0; i < space.dims.size(); ++i) {
    const std::uint64_t chunk = layout.chunkDims[i];
    const auto countOf = [&](std::uint64_t extent) { return extent / chunk + (extent % chunk != 0 ? 1 : 0); };
    grid.counts.push_back(countOf(space.dims[i]));
    grid.maxCounts.push_back(space.maxDims[i] == kUnlimited ? kUnlimited : countOf(space.maxDims[i]));
    if (!multiply(grid.cells, grid.counts[i], grid.cells)) fail("it has absurdly many chunks");
    // IV.A.2.i: a chunk has less than 4 GiB.
    if (!multiply(bytes, chunk, bytes) || bytes > std::numeric_limits<std::uint32_t>::max())
      fail("its chunks have 4 GiB or more");
  }
  if (bytes == 0) fail("its chunks have no bytes");
  grid.chunkBytes = static_cast<std::uint32_t>(bytes);
  return grid;
}

}  // namespace volary::hdf5
