#include "formats/hdf5/chunk_array.h"

#include "base/checked_math.h"
#include "formats/hdf5/checksum.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/unsupported.h"

#include <algorithm>

namespace volary::hdf5 {

ArrayElement makeArrayElement(unsigned client, std::size_t bytes, const ChunkCollector& chunks) {
  if (client > 1) failUnsupported("an array of the kind {} is unknown", client);
  if ((client == 1) != chunks.isFiltered()) fail("the index of its chunks is of the wrong kind");
  // Address, then for filtered ones bytes stored (of a width that is stated nowhere) and a mask of 4 bytes.
  const std::size_t fixed = chunks.file().widths().offset + (client == 1 ? 4u : 0u);
  const std::size_t sizeBytes = bytes - std::min(bytes, fixed);
  if (bytes < fixed || sizeBytes > 8 || (sizeBytes == 0) == (client == 1))
    fail("the index of its chunks has elements of {} bytes", bytes);
  return {bytes, static_cast<unsigned>(sizeBytes)};
}

ArrayOrder::ArrayOrder(const ChunkGrid& grid, std::optional<std::size_t> unlimitedDimension)
    : grid_(grid), chunk_(grid.rank()) {
  if (unlimitedDimension) dimensions_.push_back(*unlimitedDimension);
  for (std::size_t i = 0; i < grid.rank(); ++i) {
    if (i == unlimitedDimension) continue;
    dimensions_.push_back(i);
    if (grid.maxCounts[i] == kUnlimited || !multiply(capacity_, grid.maxCounts[i], capacity_))
      fail("it has more chunks than an array can have");
  }
  if (unlimitedDimension) capacity_ = kUnlimited;
}

std::span<const std::uint64_t> ArrayOrder::chunkOf(std::uint64_t index) {
  for (std::size_t i = dimensions_.size(); i-- > 0;) {
    const std::size_t dimension = dimensions_[i];
    const std::uint64_t count = grid_.maxCounts[dimension];
    chunk_[dimension] = count == kUnlimited ? index : index % count;
    index = count == kUnlimited ? 0 : index / count;
  }
  if (!grid_.contains(chunk_)) return {};
  return chunk_;
}

void readElements(std::span<const std::byte> elements, const ArrayElement& element, ArrayOrder& order,
                  std::uint64_t first, ChunkCollector& chunks) {
  Cursor cursor(elements, chunks.file().widths(), "array of chunks");
  for (std::uint64_t i = 0; i < elements.size() / element.bytes; ++i) {
    ChunkEntry entry{.address = cursor.address(), .bytes = chunks.grid().chunkBytes};
    if (element.sizeBytes > 0) {
      entry.bytes = cursor.number(element.sizeBytes);
      entry.filterMask = cursor.u32();
    }
    if (entry.address == kUndefinedAddress) continue;
    const std::span<const std::uint64_t> chunk = order.chunkOf(first + i);
    if (chunk.empty()) fail("its index has a chunk outside of its extent");
    chunks.add(chunk, entry);
  }
}

void readCheckedElements(std::uint64_t address, std::uint64_t count, const ArrayElement& element, ArrayOrder& order,
                         std::uint64_t first, ChunkCollector& chunks) {
  constexpr const char* kWhat = "page of chunks";
  const std::vector<std::byte> page = chunks.file().readBlock(address, count * element.bytes + 4, kWhat);
  verifyChecksum(page, kWhat);
  readElements(std::span(page).first(page.size() - 4), element, order, first, chunks);
}

bool testBit(std::span<const std::byte> bitmap, std::uint64_t index) {
  if (index / 8 >= bitmap.size()) return false;
  return (std::to_integer<unsigned>(bitmap[index / 8]) & (0x80u >> (index % 8))) != 0;
}

}  // namespace volary::hdf5
