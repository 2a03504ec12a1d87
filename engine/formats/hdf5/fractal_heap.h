#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace volary::hdf5 {

class File;

/// A fractal heap, which holds the links of large groups and the attributes of objects with many of them (HDF5 file
/// format, III.G). Keeps the blocks that it has read; one thread.
class FractalHeap {
 public:
  /// Reads the heap's head. Throws Error if it is damaged, Unsupported if its blocks are filtered.
  FractalHeap(const File& file, std::uint64_t address);

  /// The object that an identifier stands for. Throws Error if it is not in the heap.
  std::vector<std::byte> read(std::span<const std::byte> id);

 private:
  struct Place {
    std::uint64_t address;
    std::uint64_t bytes;
  };
  std::vector<std::byte> readManaged(std::span<const std::byte> idBody);
  std::vector<std::byte> readHuge(std::span<const std::byte> idBody);
  std::vector<std::byte> readTiny(std::span<const std::byte> id) const;

  /// The direct block with the heap's byte `offset`; `offset` becomes relative to it.
  Place findDirectBlock(std::uint64_t& offset);
  std::uint64_t rowBlockBytes(unsigned row) const;
  const std::vector<std::byte>& directBlock(const Place& place, std::uint64_t blockOffset);
  const std::vector<std::byte>& indirectBlock(std::uint64_t address, unsigned rows, std::uint64_t blockOffset);
  const std::vector<std::byte>& keep(std::uint64_t address, std::vector<std::byte> block);
  void checkBlock(std::span<const std::byte> block, const char* signature, std::uint64_t blockOffset) const;

  const File& file_;
  std::uint64_t address_;
  unsigned idBytes_ = 0;
  bool checksummed_ = false;
  std::uint64_t hugeTree_ = 0;
  unsigned width_ = 0;            ///< blocks in a row
  std::uint64_t startBytes_ = 0;  ///< of a block of the first row
  std::uint64_t maxDirectBytes_ = 0;
  unsigned maxDirectRows_ = 0;
  unsigned offsetBytes_ = 0;
  unsigned lengthBytes_ = 0;
  std::uint64_t root_ = 0;
  unsigned rootRows_ = 0;  ///< 0 = the root is a direct block
  std::map<std::uint64_t, std::vector<std::byte>> blocks_;
  std::uint64_t keptBytes_ = 0;
};

}  // namespace volary::hdf5
