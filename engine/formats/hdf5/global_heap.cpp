// Based on: HDF5 file format 3.0, III.E "Disk Format: Level 1E - Global Heap".
#include "formats/hdf5/global_heap.h"

#include "formats/hdf5/file.h"
#include "formats/hdf5/unsupported.h"

#include <algorithm>

namespace volary::hdf5 {

namespace {

constexpr const char* kGlobalHeap = "global heap";
// A collection has 4 KiB, or as much as its one large object needs.
constexpr std::uint64_t kMaxLoadedBytes = std::uint64_t{64} << 20;

std::size_t prefixBytes(const File& file) { return 8 + file.widths().length; }

}  // namespace

const std::vector<std::byte>& GlobalHeap::load(std::uint64_t collection) {
  if (const auto found = collections_.find(collection); found != collections_.end()) return found->second;
  const std::vector<std::byte> head = file_.readBlock(collection, prefixBytes(file_), kGlobalHeap);
  Cursor cursor(head, file_.widths(), kGlobalHeap);
  cursor.expectSignature("GCOL");
  cursor.expectVersion(1);
  cursor.skip(3);
  const std::uint64_t bytes = cursor.length();
  if (bytes < head.size() || bytes > kMaxLoadedBytes - loadedBytes_) fail("a global heap is absurdly large");
  loadedBytes_ += bytes;
  return collections_[collection] = file_.readBlock(collection, bytes, kGlobalHeap);
}

std::vector<std::byte> GlobalHeap::read(std::uint64_t collection, std::uint32_t index, std::uint64_t maxBytes) {
  Cursor cursor(load(collection), file_.widths(), kGlobalHeap);
  const std::size_t prefix = prefixBytes(file_);
  cursor.skip(prefix);
  while (cursor.remaining() >= prefix) {
    const std::uint16_t found = cursor.u16();
    cursor.skip(2 + 4);
    const std::uint64_t length = cursor.length();
    if (found == 0) break;  // the free space, which ends the collection
    if (length > cursor.remaining()) fail("a {} ends too early", kGlobalHeap);
    const std::span<const std::byte> object = cursor.take(length);
    if (found == index) {
      if (length > maxBytes) fail("a text of {} bytes is longer than makes sense here", length);
      return {object.begin(), object.end()};
    }
    // Objects are padded to a multiple of eight bytes.
    cursor.skip(std::min<std::uint64_t>((8 - length % 8) % 8, cursor.remaining()));
  }
  fail("a text is missing in its heap");
}

}  // namespace volary::hdf5
