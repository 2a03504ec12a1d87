#pragma once

#include "formats/hdf5/chunk_collector.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace volary::hdf5 {

/// How fixed and extensible arrays write one chunk (HDF5 file format, VII.C and VII.D, "Data Block Element").
struct ArrayElement {
  std::size_t bytes = 0;
  unsigned sizeBytes = 0;  ///< width of the stored size; 0 = not filtered, no size and no mask
};

/// `client` 0 = not filtered, 1 = filtered. Throws Error if that is not true of the dataset, or `bytes` makes no sense.
ArrayElement makeArrayElement(unsigned client, std::size_t bytes, const ChunkCollector& chunks);

/// Which chunk an element stands for. Elements are numbered by the largest allowed extent, last dimension fastest; an
/// unlimited dimension is slowest.
class ArrayOrder {
 public:
  ArrayOrder(const ChunkGrid& grid, std::optional<std::size_t> unlimitedDimension);

  /// The number of elements; kUnlimited if there is no limit.
  std::uint64_t capacity() const { return capacity_; }

  /// The chunk of element `index`, valid until the next call; empty if the present extent does not reach it.
  std::span<const std::uint64_t> chunkOf(std::uint64_t index);

 private:
  const ChunkGrid& grid_;
  std::vector<std::size_t> dimensions_;  ///< slowest first
  std::uint64_t capacity_ = 1;
  std::vector<std::uint64_t> chunk_;
};

/// Adds the elements that begin with number `first`.
void readElements(std::span<const std::byte> elements, const ArrayElement& element, ArrayOrder& order,
                  std::uint64_t first, ChunkCollector& chunks);

/// The same, from a page: elements with a checksum after them.
void readCheckedElements(std::uint64_t address, std::uint64_t count, const ArrayElement& element, ArrayOrder& order,
                         std::uint64_t first, ChunkCollector& chunks);

/// Bit `index` of a bitmap, whose first bit is the highest of the first byte.
bool testBit(std::span<const std::byte> bitmap, std::uint64_t index);

}  // namespace volary::hdf5
