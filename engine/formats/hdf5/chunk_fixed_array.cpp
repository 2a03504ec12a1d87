// Based on: HDF5 file format 3.0, VII.C "The Fixed Array Index".
#include "formats/hdf5/checksum.h"
#include "formats/hdf5/chunk_array.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/unsupported.h"

#include <algorithm>
#include <array>

namespace volary::hdf5 {

namespace {

constexpr const char* kFixedHeader = "fixed array header";
constexpr const char* kFixedBlock = "fixed array block";

}  // namespace

void readFixedArrayChunks(std::uint64_t header, ChunkCollector& chunks) {
  const File& file = chunks.file();
  const Widths widths = file.widths();
  const std::vector<std::byte> head =
      file.readBlock(header, 4 + 1 + 1 + 1 + 1 + widths.length + widths.offset + 4, kFixedHeader);
  Cursor cursor(head, widths, kFixedHeader);
  cursor.expectSignature("FAHD");
  cursor.expectVersion(0);
  const unsigned client = cursor.u8();
  const ArrayElement element = makeArrayElement(client, cursor.u8(), chunks);
  const unsigned pageBits = cursor.u8();
  const std::uint64_t count = cursor.length();
  const std::uint64_t blockAddress = cursor.address();
  verifyChecksum(head, kFixedHeader);
  if (blockAddress == kUndefinedAddress) return;

  ArrayOrder order(chunks.grid(), std::nullopt);
  if (count != order.capacity()) fail("the index of its chunks has {} entries, not {}", count, order.capacity());
  if (pageBits == 0 || pageBits > 24) fail("the header of a fixed array is damaged");
  const std::uint64_t pageElements = std::uint64_t{1} << pageBits;
  const bool isPaged = count > pageElements;
  const std::uint64_t pages = isPaged ? count / pageElements + (count % pageElements != 0 ? 1 : 0) : 0;

  // "Data Block": a bitmap of the pages that have been written, if there are pages, else the elements.
  const std::size_t prefix = 4 + 1 + 1 + widths.offset;
  const std::uint64_t body = isPaged ? (pages + 7) / 8 : count * element.bytes;
  const std::vector<std::byte> block = file.readBlock(blockAddress, prefix + body + 4, kFixedBlock);
  Cursor prefixAt(block, widths, kFixedBlock);
  prefixAt.expectSignature("FADB");
  prefixAt.expectVersion(0);
  if (prefixAt.u8() != client || prefixAt.address() != header) fail("a fixed array block belongs to another array");
  verifyChecksum(block, kFixedBlock);
  if (!isPaged) {
    readElements(std::span(block).subspan(prefix, body), element, order, 0, chunks);
    return;
  }
  const std::span<const std::byte> written = std::span(block).subspan(prefix, body);
  for (std::uint64_t page = 0; page < pages; ++page) {
    if (!testBit(written, page)) continue;
    const std::uint64_t first = page * pageElements;
    const std::uint64_t address = blockAddress + block.size() + page * (pageElements * element.bytes + 4);
    readCheckedElements(address, std::min(pageElements, count - first), element, order, first, chunks);
  }
}

}  // namespace volary::hdf5
