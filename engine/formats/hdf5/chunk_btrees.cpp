// Based on: HDF5 file format 3.0, III.A.1 (chunk keys of version-1 B-trees), III.A.2 (record types 10 and 11).
#include "formats/hdf5/btree_v1.h"
#include "formats/hdf5/btree_v2.h"
#include "formats/hdf5/chunk_collector.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/messages.h"
#include "formats/hdf5/unsupported.h"

#include <algorithm>
#include <array>

namespace volary::hdf5 {

void readBtreeV1Chunks(std::uint64_t root, ChunkCollector& chunks) {
  const ChunkGrid& grid = chunks.grid();
  const Widths widths = chunks.file().widths();
  // A key: bytes stored (4), filter mask (4), and the offset of the chunk in elements, with one within the element.
  const BtreeV1 tree{BtreeV1Kind::chunks, root, 8 + 8 * (grid.rank() + 1), chunks.file().superblock().chunkInternalK};
  std::array<std::uint64_t, kMaxRank> chunk{};
  const auto all = [](auto, auto) { return true; };
  const auto take = [&](std::span<const std::byte> key, auto, std::uint64_t address) {
    Cursor cursor(key, widths, "chunk key");
    ChunkEntry entry{.address = address};
    entry.bytes = cursor.u32();
    entry.filterMask = cursor.u32();
    for (std::size_t i = 0; i < grid.rank(); ++i) {
      const std::uint64_t offset = cursor.u64();
      if (offset % grid.chunkDims[i] != 0) fail("its index has a chunk that is not on the grid");
      chunk[i] = offset / grid.chunkDims[i];
    }
    chunks.add(std::span(chunk).first(grid.rank()), entry);
  };
  walkBtreeV1(chunks.file(), tree, all, take);
}

void readBtreeV2Chunks(std::uint64_t header, ChunkCollector& chunks) {
  const ChunkGrid& grid = chunks.grid();
  const Widths widths = chunks.file().widths();
  const BtreeV2 tree = readBtreeV2(chunks.file(), header);
  const bool isFiltered = tree.kind == BtreeV2Kind::filteredChunks;
  if (isFiltered != chunks.isFiltered() || (!isFiltered && tree.kind != BtreeV2Kind::chunks))
    fail("the index of its chunks is of the wrong kind");
  // Address, then for filtered ones bytes stored (of a width that is stated nowhere) and mask, then the chunk's number
  // along each dimension.
  const std::size_t fixed = widths.offset + (isFiltered ? 4u : 0u) + 8 * grid.rank();
  const std::size_t sizeBytes = tree.recordBytes - std::min(tree.recordBytes, fixed);
  if (tree.recordBytes < fixed || sizeBytes > 8 || (sizeBytes == 0) == isFiltered)
    fail("the index of its chunks has records of {} bytes", tree.recordBytes);

  std::array<std::uint64_t, kMaxRank> chunk{};
  walkBtreeV2(chunks.file(), tree, [&](std::span<const std::byte> record) {
    Cursor cursor(record, widths, "chunk record");
    ChunkEntry entry{.address = cursor.address(), .bytes = grid.chunkBytes};
    if (isFiltered) {
      entry.bytes = cursor.number(static_cast<unsigned>(sizeBytes));
      entry.filterMask = cursor.u32();
    }
    for (std::size_t i = 0; i < grid.rank(); ++i) chunk[i] = cursor.u64();
    chunks.add(std::span(chunk).first(grid.rank()), entry);
  });
}

}  // namespace volary::hdf5
