// Based on: HDF5 file format 3.0, VII.D "The Extensible Array Index".
#include "formats/hdf5/checksum.h"
#include "formats/hdf5/chunk_array.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/unsupported.h"

#include <algorithm>
#include <bit>

namespace volary::hdf5 {

namespace {

constexpr const char* kExtensibleHeader = "extensible array header";
constexpr const char* kIndexBlock = "extensible array index block";
constexpr const char* kSecondaryBlock = "extensible array secondary block";
constexpr const char* kDataBlock = "extensible array data block";

/// Parameters that must be a power of two, or absent.
void requirePowerOf2(std::uint64_t value) {
  if (!std::has_single_bit(value)) fail("the header of an extensible array is damaged");
}

/// The first elements are in the index block, the further ones in data blocks, whose size doubles with every other
/// "super block" of them. The index block lists the data blocks of the first super blocks; a secondary block lists
/// those of each further one.
class ExtensibleArray {
 public:
  ExtensibleArray(std::uint64_t header, ChunkCollector& chunks, ArrayOrder& order)
      : header_(header), chunks_(chunks), order_(order), file_(chunks.file()), widths_(file_.widths()) {
    const std::vector<std::byte> head =
        file_.readBlock(header, 4 + 8 + 6 * widths_.length + widths_.offset + 4, kExtensibleHeader);
    Cursor cursor(head, widths_, kExtensibleHeader);
    cursor.expectSignature("EAHD");
    cursor.expectVersion(0);
    client_ = cursor.u8();
    element_ = makeArrayElement(client_, cursor.u8(), chunks);
    maxBits_ = cursor.u8();
    indexElements_ = cursor.u8();
    minBlockElements_ = cursor.u8();
    minPointers_ = cursor.u8();
    const unsigned pageBits = cursor.u8();
    for (int i = 0; i < 4; ++i) cursor.length();  // numbers and sizes of secondary and data blocks
    used_ = cursor.length();                      // one more than the largest index that was ever set
    cursor.length();
    indexBlock_ = cursor.address();
    verifyChecksum(head, kExtensibleHeader);
    requirePowerOf2(minBlockElements_);
    requirePowerOf2(minPointers_);
    // Two super blocks for each doubling of the smallest number of pointers are listed by the index block.
    directSuperBlocks_ = 2 * (std::bit_width(minPointers_) - 1);
    const unsigned minBits = static_cast<unsigned>(std::bit_width(minBlockElements_)) - 1;
    if (maxBits_ == 0 || maxBits_ > 64 || minBits > maxBits_ || pageBits == 0 || pageBits > 24)
      fail("the header of an extensible array is damaged");
    superBlocks_ = 1 + maxBits_ - minBits;
    if (directSuperBlocks_ > superBlocks_) fail("the header of an extensible array is damaged");
    pageElements_ = std::uint64_t{1} << pageBits;
    offsetBytes_ = (maxBits_ + 7) / 8;
  }

  void read() {
    if (indexBlock_ == kUndefinedAddress) return;
    const std::uint64_t dataPointers = 2 * (minPointers_ - 1);
    const std::uint64_t secondaryPointers = superBlocks_ - directSuperBlocks_;
    const std::size_t bytes =
        prefixBytes() + indexElements_ * element_.bytes + (dataPointers + secondaryPointers) * widths_.offset + 4;
    const std::vector<std::byte> block = file_.readBlock(indexBlock_, bytes, kIndexBlock);
    Cursor cursor = checkPrefix(block, "EAIB", kIndexBlock);
    verifyChecksum(block, kIndexBlock);
    readElements(cursor.take(indexElements_ * element_.bytes), element_, order_, 0, chunks_);
    first_ = indexElements_;
    for (unsigned super = 0; super < directSuperBlocks_; ++super)
      for (std::uint64_t i = 0; i < blocksIn(super); ++i) readDataBlock(cursor.address(), super, {}, 0);
    for (unsigned super = directSuperBlocks_; super < superBlocks_ && first_ < used_; ++super)
      readSecondaryBlock(cursor.address(), super);
  }

 private:
  std::size_t prefixBytes() const { return 4 + 1 + 1 + widths_.offset; }

  /// The first super block has 1 data block, the next 1, then 2, 2, 4, 4 ...
  static std::uint64_t blocksIn(unsigned super) { return std::uint64_t{1} << (super / 2); }
  /// Its blocks have 1, 2, 2, 4, 4 ... times the smallest number of elements.
  std::uint64_t elementsOfBlockIn(unsigned super) const {
    return (std::uint64_t{1} << ((super + 1) / 2)) * minBlockElements_;
  }

  Cursor checkPrefix(std::span<const std::byte> block, const char* signature, const char* what) const {
    Cursor cursor(block, widths_, what);
    cursor.expectSignature(signature);
    cursor.expectVersion(0);
    if (cursor.u8() != client_ || cursor.address() != header_) fail("a block belongs to another extensible array");
    return cursor;
  }

  /// Secondary blocks and the data blocks that they list also say where in the array they begin. So do the data blocks
  /// that the index block lists, but there the library (1.10) writes another number.
  void checkOffset(Cursor& cursor) const {
    if (cursor.number(offsetBytes_) != first_ - indexElements_) fail("a block of an extensible array is misplaced");
  }

  /// `written` is the bitmap of the pages of all data blocks of the super block, if they have pages.
  void readDataBlock(std::uint64_t address, unsigned super, std::span<const std::byte> written, std::uint64_t block) {
    const std::uint64_t elements = elementsOfBlockIn(super);
    if (address != kUndefinedAddress) {
      const bool isPaged = elements > pageElements_;
      const std::size_t prefix = prefixBytes() + offsetBytes_;
      const std::size_t bytes = prefix + (isPaged ? 0 : elements * element_.bytes) + 4;
      const std::vector<std::byte> data = file_.readBlock(address, bytes, kDataBlock);
      Cursor cursor = checkPrefix(data, "EADB", kDataBlock);
      if (super >= directSuperBlocks_) checkOffset(cursor);
      verifyChecksum(data, kDataBlock);
      if (!isPaged) {
        readElements(std::span(data).subspan(prefix, elements * element_.bytes), element_, order_, first_, chunks_);
      } else if (written.empty()) {
        failUnsupported("the index block of an extensible array lists data blocks with pages");
      } else {
        readPages(address + bytes, elements / pageElements_, written, block);
      }
    }
    first_ += elements;
  }

  void readPages(std::uint64_t address, std::uint64_t pages, std::span<const std::byte> written, std::uint64_t block) {
    for (std::uint64_t page = 0; page < pages; ++page)
      if (testBit(written, block * pages + page))
        readCheckedElements(address + page * (pageElements_ * element_.bytes + 4), pageElements_, element_, order_,
                            first_ + page * pageElements_, chunks_);
  }

  void readSecondaryBlock(std::uint64_t address, unsigned super) {
    const std::uint64_t blocks = blocksIn(super);
    const std::uint64_t elements = elementsOfBlockIn(super);
    if (address == kUndefinedAddress) {
      first_ += blocks * elements;
      return;
    }
    const std::uint64_t pages = elements > pageElements_ ? elements / pageElements_ : 0;
    const std::uint64_t bitmapBytes = blocks * ((pages + 7) / 8);
    const std::uint64_t bytes = prefixBytes() + offsetBytes_ + bitmapBytes + blocks * widths_.offset + 4;
    const std::vector<std::byte> block = file_.readBlock(address, bytes, kSecondaryBlock);
    Cursor cursor = checkPrefix(block, "EASB", kSecondaryBlock);
    checkOffset(cursor);
    verifyChecksum(block, kSecondaryBlock);
    const std::span<const std::byte> written = cursor.take(bitmapBytes);
    for (std::uint64_t i = 0; i < blocks; ++i) readDataBlock(cursor.address(), super, written, i);
  }

  std::uint64_t header_;
  ChunkCollector& chunks_;
  ArrayOrder& order_;
  const File& file_;
  Widths widths_;
  ArrayElement element_;
  unsigned client_ = 0;
  unsigned maxBits_ = 0;
  unsigned indexElements_ = 0;
  std::uint64_t minBlockElements_ = 0;
  std::uint64_t minPointers_ = 0;
  unsigned directSuperBlocks_ = 0;
  unsigned superBlocks_ = 0;
  std::uint64_t pageElements_ = 0;
  unsigned offsetBytes_ = 0;
  std::uint64_t used_ = 0;
  std::uint64_t indexBlock_ = kUndefinedAddress;
  std::uint64_t first_ = 0;  ///< number of the first element of the block that comes next
};

}  // namespace

void readExtensibleArrayChunks(std::uint64_t header, ChunkCollector& chunks) {
  const std::vector<std::uint64_t>& maxCounts = chunks.grid().maxCounts;
  const auto unlimited = std::ranges::find(maxCounts, kUnlimited);
  if (unlimited == maxCounts.end()) fail("it has an extensible array of chunks and no unlimited dimension");
  ArrayOrder order(chunks.grid(), static_cast<std::size_t>(unlimited - maxCounts.begin()));
  ExtensibleArray(header, chunks, order).read();
}

}  // namespace volary::hdf5
