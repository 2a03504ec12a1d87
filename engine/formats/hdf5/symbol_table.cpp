// Based on: HDF5 file format 3.0, III.A.1 "Version 1 B-trees" (group nodes), III.B "Group Symbol Table Nodes", III.C
// "Symbol Table Entry", III.D "Local Heaps", IV.A.2.r "Symbol Table Message".
#include "formats/hdf5/symbol_table.h"

#include "formats/hdf5/btree_v1.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/object_header.h"
#include "formats/hdf5/unsupported.h"

#include <unordered_set>
#include <vector>

namespace volary::hdf5 {

namespace {

constexpr const char* kNode = "symbol table node";
constexpr const char* kHeap = "heap of names";

/// The names of a group's links, and the targets of soft ones.
class LocalHeap {
 public:
  LocalHeap(const File& file, std::uint64_t address) : widths_(file.widths()) {
    const std::vector<std::byte> head = file.readBlock(address, 8 + 2 * widths_.length + widths_.offset, kHeap);
    Cursor cursor(head, widths_, kHeap);
    cursor.expectSignature("HEAP");
    cursor.expectVersion(0);
    cursor.skip(3);
    const std::uint64_t bytes = cursor.length();
    cursor.length();  // free list
    data_ = file.readBlock(cursor.address(), bytes, kHeap);
  }

  std::string text(std::uint64_t offset) const {
    if (offset >= data_.size()) fail("a name is said to stand outside of its heap");
    return Cursor(std::span(data_).subspan(offset), widths_, kHeap).terminatedText();
  }

 private:
  Widths widths_;
  std::vector<std::byte> data_;
};

/// III.C "Symbol Table Entry".
Link parseEntry(Cursor& cursor, const LocalHeap& heap) {
  Link link;
  link.name = heap.text(cursor.length());
  link.address = cursor.address();
  const std::uint32_t cacheType = cursor.u32();
  cursor.skip(4);
  const std::uint32_t scratch = cursor.u32();
  cursor.skip(12);
  if (cacheType == 2) {
    link.kind = LinkKind::soft;
    link.target = heap.text(scratch);
  }
  return link;
}

}  // namespace

void visitSymbols(const File& file, const Message& symbolTable, const std::optional<std::string>& name,
                  const std::function<bool(const Link&)>& visit) {
  const Widths widths = file.widths();
  Cursor message = symbolTable.cursor(widths);
  const std::uint64_t root = message.address();
  const LocalHeap heap(file, message.address());

  bool goOn = true;
  std::unordered_set<std::uint64_t> seen;
  // A child holds the names that come after its left key, up to and including the right one.
  const auto wants = [&](std::span<const std::byte> left, std::span<const std::byte> right) {
    if (!goOn || !name) return goOn;
    const std::string after = heap.text(Cursor(left, widths, kNode).length());
    const std::string upTo = heap.text(Cursor(right, widths, kNode).length());
    return after < *name && *name <= upTo;
  };
  const auto readNode = [&](auto, auto, std::uint64_t address) {
    if (!seen.insert(address).second) fail("a symbol table node is reached twice");
    const std::size_t entryBytes = 2 * widths.offset + 24;
    const unsigned maxEntries = 2 * file.superblock().groupLeafK;
    const std::vector<std::byte> node = file.readBlockUpTo(address, 8 + maxEntries * entryBytes, kNode);
    Cursor cursor(node, widths, kNode);
    cursor.expectSignature("SNOD");
    cursor.expectVersion(1);
    cursor.skip(1);
    const unsigned entries = cursor.u16();
    if (entries > maxEntries) fail("a symbol table node has {} entries, {} is the limit", entries, maxEntries);
    for (unsigned i = 0; i < entries && goOn; ++i) goOn = visit(parseEntry(cursor, heap));
  };
  walkBtreeV1(file, {BtreeV1Kind::group, root, widths.length, file.superblock().groupInternalK}, wants, readNode);
}

}  // namespace volary::hdf5
