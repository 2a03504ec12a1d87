// Based on: HDF5 file format 3.0, III.G "Disk Format: Level 1G - Fractal Heap".
#include "formats/hdf5/fractal_heap.h"

#include "formats/hdf5/btree_v2.h"
#include "formats/hdf5/checksum.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/unsupported.h"

#include <algorithm>
#include <bit>

namespace volary::hdf5 {

namespace {

constexpr const char* kHeapHeader = "heap header";
constexpr const char* kHeapBlock = "heap block";
constexpr std::uint64_t kMaxKeptBytes = std::uint64_t{32} << 20;
// Enough for links and attributes. The library itself limits an attribute in a heap to 4 GiB, but nobody writes such.
constexpr std::uint64_t kMaxObjectBytes = std::uint64_t{64} << 20;

unsigned log2OfPowerOf2(std::uint64_t value) { return static_cast<unsigned>(std::bit_width(value)) - 1; }

}  // namespace

FractalHeap::FractalHeap(const File& file, std::uint64_t address) : file_(file), address_(address) {
  const Widths widths = file.widths();
  const std::size_t bytes = 4 + 1 + 2 + 2 + 1 + 4 + 12 * widths.length + 3 * widths.offset + 2 + 2 + 2 + 2 + 4;
  const std::vector<std::byte> block = file.readBlock(address, bytes, kHeapHeader);
  Cursor cursor(block, widths, kHeapHeader);
  cursor.expectSignature("FRHP");
  cursor.expectVersion(0);
  idBytes_ = cursor.u16();
  if (cursor.u16() != 0) failUnsupported("the blocks of a heap are filtered");
  checksummed_ = (cursor.u8() & 2u) != 0;
  const std::uint64_t maxManagedBytes = cursor.u32();
  cursor.length();  // next identifier of a huge object
  hugeTree_ = cursor.address();
  cursor.length();  // free space
  cursor.address();
  // Managed space, allocated, iterator, objects; huge bytes, objects; tiny bytes, objects.
  for (int i = 0; i < 8; ++i) cursor.length();
  width_ = cursor.u16();
  startBytes_ = cursor.length();
  maxDirectBytes_ = cursor.length();
  const unsigned maxHeapBits = cursor.u16();
  cursor.skip(2);
  root_ = cursor.address();
  rootRows_ = cursor.u16();
  verifyChecksum(block, kHeapHeader);

  if (!std::has_single_bit(width_) || !std::has_single_bit(startBytes_) || !std::has_single_bit(maxDirectBytes_) ||
      startBytes_ > maxDirectBytes_ || log2OfPowerOf2(startBytes_) + log2OfPowerOf2(width_) > 62 || maxHeapBits == 0 ||
      maxHeapBits > 64 || maxManagedBytes == 0)
    fail("the header of a heap is damaged");
  maxDirectRows_ = log2OfPowerOf2(maxDirectBytes_) - log2OfPowerOf2(startBytes_) + 2;
  offsetBytes_ = (maxHeapBits + 7) / 8;
  // "Heap ID for managed objects": the length is as wide as the smaller of two limits needs.
  lengthBytes_ = std::min((log2OfPowerOf2(maxDirectBytes_) + 7) / 8,
                          (static_cast<unsigned>(std::bit_width(maxManagedBytes)) - 1) / 8 + 1);
}

std::vector<std::byte> FractalHeap::read(std::span<const std::byte> id) {
  if (id.size() < idBytes_ || idBytes_ == 0) fail("an identifier in a heap is too short");
  id = id.first(idBytes_);
  const auto first = std::to_integer<unsigned>(id[0]);
  if (first >> 6 != 0) failUnsupported("an identifier in a heap has the unknown version {}", first >> 6);
  switch (first >> 4 & 3u) {
    case 0: return readManaged(id.subspan(1));
    case 1: return readHuge(id.subspan(1));
    case 2: return readTiny(id);
    default: fail("an identifier in a heap is damaged");
  }
}

std::vector<std::byte> FractalHeap::readTiny(std::span<const std::byte> id) const {
  // Identifiers that are too long for a length of 4 bits use 12.
  const bool isExtended = idBytes_ > 17;
  const std::size_t prefix = isExtended ? 2 : 1;
  if (id.size() < prefix) fail("an identifier in a heap is too short");
  std::size_t length = std::to_integer<std::size_t>(id[0]) & 0xfu;
  if (isExtended) length = length << 8 | std::to_integer<std::size_t>(id[1]);
  ++length;
  if (length > id.size() - prefix) fail("an object in a heap is longer than its place");
  const std::span<const std::byte> object = id.subspan(prefix, length);
  return {object.begin(), object.end()};
}

std::vector<std::byte> FractalHeap::readHuge(std::span<const std::byte> idBody) {
  const Widths widths = file_.widths();
  Cursor cursor(idBody, widths, "heap identifier");
  if (idBody.size() >= widths.offset + widths.length) {
    const std::uint64_t address = cursor.address();
    const std::uint64_t length = cursor.length();
    if (length > kMaxObjectBytes) fail("an object in a heap is absurdly large");
    return file_.readBlock(address, length, "huge object");
  }
  const std::uint64_t key = cursor.number(std::min<unsigned>(widths.length, static_cast<unsigned>(idBody.size())));
  const BtreeV2 tree = readBtreeV2(file_, hugeTree_);
  if (tree.kind != BtreeV2Kind::hugeObjects) failUnsupported("the huge objects of a heap are filtered");
  std::optional<std::vector<std::byte>> found;
  // Record type 1: address, length, identifier.
  const auto keyOf = [&](std::span<const std::byte> record) {
    Cursor fields(record, widths, "heap record");
    fields.skip(widths.offset + widths.length);
    return fields.length();
  };
  walkBtreeV2(
      file_, tree, [&](auto record) { return keyOf(record) < key   ? -1
                                             : keyOf(record) > key ? 1
                                                                   : 0; },
      [&](std::span<const std::byte> record) {
        Cursor fields(record, widths, "heap record");
        const std::uint64_t address = fields.address();
        const std::uint64_t length = fields.length();
        if (found || length > kMaxObjectBytes) fail("an object in a heap is absurdly large");
        found = file_.readBlock(address, length, "huge object");
      });
  if (!found) fail("an object is missing in its heap");
  return std::move(*found);
}

std::vector<std::byte> FractalHeap::readManaged(std::span<const std::byte> idBody) {
  Cursor cursor(idBody, file_.widths(), "heap identifier");
  std::uint64_t offset = cursor.number(offsetBytes_);
  const std::uint64_t length = cursor.number(lengthBytes_);
  const std::uint64_t heapOffset = offset;
  const Place place = findDirectBlock(offset);
  const std::vector<std::byte>& block = directBlock(place, heapOffset - offset);
  if (length > block.size() - offset) fail("an object in a heap is longer than its place");
  const auto start = block.begin() + static_cast<std::ptrdiff_t>(offset);
  return {start, start + static_cast<std::ptrdiff_t>(length)};
}

std::uint64_t FractalHeap::rowBlockBytes(unsigned row) const {
  const unsigned doublings = row < 2 ? 0 : row - 1;
  if (log2OfPowerOf2(startBytes_) + doublings + log2OfPowerOf2(width_) > 62) fail("the header of a heap is damaged");
  return startBytes_ << doublings;
}

FractalHeap::Place FractalHeap::findDirectBlock(std::uint64_t& offset) {
  if (rootRows_ == 0) {
    if (offset >= startBytes_) fail("an object is missing in its heap");
    return {root_, startBytes_};
  }
  // "Doubling table": rows of `width_` blocks; rows 0 and 1 have the starting size, each further one the double.
  std::uint64_t address = root_;
  unsigned rows = rootRows_;
  std::uint64_t blockOffset = 0;
  for (;;) {
    const std::vector<std::byte>& indirect = indirectBlock(address, rows, blockOffset);
    const std::uint64_t rowBytes = startBytes_ * width_;
    const bool isFirst = offset < rowBytes;
    const unsigned row = isFirst ? 0 : static_cast<unsigned>(std::bit_width(offset) - std::bit_width(rowBytes)) + 1;
    if (row >= rows) fail("an object is missing in its heap");
    const std::uint64_t childBytes = rowBlockBytes(row);
    const std::uint64_t rowStart = row == 0 ? 0 : rowBytes << (row - 1);
    const std::uint64_t column = (offset - rowStart) / childBytes;
    const std::uint64_t childStart = rowStart + column * childBytes;

    Cursor cursor(indirect, file_.widths(), kHeapBlock);
    cursor.skip(5 + file_.widths().offset + offsetBytes_ + (row * width_ + column) * file_.widths().offset);
    address = cursor.address();
    if (address == kUndefinedAddress) fail("an object is missing in its heap");
    offset -= childStart;
    blockOffset += childStart;
    if (row < maxDirectRows_) return {address, childBytes};
    // The child is a table of its own: as many rows as add up to its size.
    const unsigned childLog = log2OfPowerOf2(childBytes);
    const unsigned rowLog = log2OfPowerOf2(rowBytes);
    if (childLog < rowLog) fail("the header of a heap is damaged");
    const unsigned childRows = childLog - rowLog + 1;
    if (childRows >= rows) fail("the header of a heap is damaged");
    rows = childRows;
  }
}

void FractalHeap::checkBlock(std::span<const std::byte> block, const char* signature, std::uint64_t blockOffset) const {
  Cursor cursor(block, file_.widths(), kHeapBlock);
  cursor.expectSignature(signature);
  cursor.expectVersion(0);
  if (cursor.address() != address_) fail("a heap block belongs to another heap");
  if (cursor.number(offsetBytes_) != blockOffset) fail("a heap block is not where it should be");
}

const std::vector<std::byte>& FractalHeap::keep(std::uint64_t address, std::vector<std::byte> block) {
  if (keptBytes_ > kMaxKeptBytes) {
    blocks_.clear();
    keptBytes_ = 0;
  }
  keptBytes_ += block.size();
  return blocks_[address] = std::move(block);
}

const std::vector<std::byte>& FractalHeap::directBlock(const Place& place, std::uint64_t blockOffset) {
  if (const auto found = blocks_.find(place.address); found != blocks_.end() && found->second.size() == place.bytes)
    return found->second;
  std::vector<std::byte> block = file_.readBlock(place.address, place.bytes, kHeapBlock);
  checkBlock(block, "FHDB", blockOffset);
  if (checksummed_) {
    // The checksum is in the header of the block, and counts as zero when it is computed.
    const std::size_t at = 5 + file_.widths().offset + offsetBytes_;
    Cursor cursor(block, file_.widths(), kHeapBlock);
    cursor.skip(at);
    const std::uint32_t stated = cursor.u32();
    std::fill_n(block.begin() + static_cast<std::ptrdiff_t>(at), 4, std::byte{0});
    requireChecksum(block, stated, kHeapBlock);
  }
  return keep(place.address, std::move(block));
}

const std::vector<std::byte>& FractalHeap::indirectBlock(std::uint64_t address, unsigned rows,
                                                         std::uint64_t blockOffset) {
  const std::size_t bytes =
      5 + file_.widths().offset + offsetBytes_ + std::size_t{rows} * width_ * file_.widths().offset + 4;
  if (const auto found = blocks_.find(address); found != blocks_.end() && found->second.size() == bytes)
    return found->second;
  std::vector<std::byte> block = file_.readBlock(address, bytes, kHeapBlock);
  checkBlock(block, "FHIB", blockOffset);
  verifyChecksum(block, kHeapBlock);
  return keep(address, std::move(block));
}

}  // namespace volary::hdf5
