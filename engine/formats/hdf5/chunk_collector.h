#pragma once

#include "formats/hdf5/chunk_index.h"

#include <cstdint>
#include <span>
#include <vector>

namespace volary::hdf5 {

/// An entry of an index as the file has it.
struct ChunkEntry {
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;
  std::uint32_t filterMask = 0;
};

/// Takes the entries of an index, in any order, and makes a table of them. Checks that each is inside the grid, inside
/// the file, and there only once.
class ChunkCollector {
 public:
  ChunkCollector(const File& file, const ChunkGrid& grid, bool isFiltered)
      : file_(file), grid_(grid), isFiltered_(isFiltered) {}

  const File& file() const { return file_; }
  const ChunkGrid& grid() const { return grid_; }
  bool isFiltered() const { return isFiltered_; }

  /// Throws Error if the entry can't be true. An undefined address means that the chunk is not stored.
  void add(std::span<const std::uint64_t> chunk, const ChunkEntry& entry);

  /// Makes the table; call once.
  void finish(ChunkIndex& index);

 private:
  void sort();

  const File& file_;
  const ChunkGrid& grid_;
  bool isFiltered_;
  bool isSorted_ = true;
  std::uint64_t storedBytes_ = 0;
  std::vector<std::uint64_t> cells_;
  std::vector<std::uint64_t> positions_;
  std::vector<std::uint32_t> bytes_;
  std::vector<std::uint32_t> masks_;
};

/// Each reads one kind of index (HDF5 file format, VII "Appendix C: Types of Indexes for Dataset Chunks").
void readBtreeV1Chunks(std::uint64_t root, ChunkCollector& chunks);
void readBtreeV2Chunks(std::uint64_t header, ChunkCollector& chunks);
void readFixedArrayChunks(std::uint64_t header, ChunkCollector& chunks);
void readExtensibleArrayChunks(std::uint64_t header, ChunkCollector& chunks);

}  // namespace volary::hdf5
