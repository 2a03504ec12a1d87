// Based on: HDF5 file format 3.0, IV.A.2.c "Link Info", IV.A.2.g "Link", III.A.2 "Version 2 B-trees" (record type 5).
#include "formats/hdf5/group.h"

#include "formats/hdf5/btree_v2.h"
#include "formats/hdf5/checksum.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/fractal_heap.h"
#include "formats/hdf5/symbol_table.h"
#include "formats/hdf5/unsupported.h"

namespace volary::hdf5 {

namespace {

using VisitLink = std::function<bool(const Link&)>;

/// Visits the links that a link info message leads to: the records of a B-tree, sorted by a hash of the name, say where
/// each link is in a heap. `name` limits the visit to its hash.
void visitDenseLinks(const File& file, const Message& linkInfo, const std::optional<std::string>& name,
                     const VisitLink& visit) {
  const Widths widths = file.widths();
  Cursor cursor = linkInfo.cursor(widths);
  cursor.expectVersion(0);
  const bool tracksOrder = (cursor.u8() & 1u) != 0;
  if (tracksOrder) cursor.skip(8);
  const std::uint64_t heapAddress = cursor.address();
  const std::uint64_t treeAddress = cursor.address();
  if (heapAddress == kUndefinedAddress) return;  // its links are messages

  FractalHeap heap(file, heapAddress);
  const BtreeV2 tree = readBtreeV2(file, treeAddress);
  if (tree.kind != BtreeV2Kind::linkNames) fail("the index of a group is of the wrong kind");
  const std::uint32_t hash = name ? lookup3(std::as_bytes(std::span(*name))) : 0;
  const auto compare = [&](std::span<const std::byte> record) {
    if (!name) return 0;
    const std::uint32_t found = Cursor(record, widths, "link record").u32();
    return found < hash ? -1 : found > hash ? 1 : 0;
  };
  bool goOn = true;
  walkBtreeV2(file, tree, compare, [&](std::span<const std::byte> record) {
    if (!goOn) return;
    if (record.size() < 5) fail("a link record is too short");
    const std::vector<std::byte> link = heap.read(record.subspan(4));
    goOn = visit(parseLink({link, widths, "link"}));
  });
}

void visitSomeLinks(const File& file, const ObjectHeader& group, const std::optional<std::string>& name,
                    const VisitLink& visit) {
  bool goOn = true;
  const VisitLink remember = [&](const Link& link) { return goOn = visit(link); };
  for (const Message& message : group.messages) {
    if (!goOn) return;
    if (message.isShared && (message.type == MessageType::link || message.type == MessageType::linkInfo))
      failUnsupported("the links of a group are shared messages");
    if (message.type == MessageType::link) remember(parseLink({message.body, file.widths(), "link"}));
    if (message.type == MessageType::linkInfo) visitDenseLinks(file, message, name, remember);
    if (message.type == MessageType::symbolTable) visitSymbols(file, message, name, remember);
  }
}

}  // namespace

bool isGroup(const ObjectHeader& header) {
  return header.find(MessageType::symbolTable) || header.find(MessageType::linkInfo) || header.find(MessageType::link);
}

void visitLinks(const File& file, const ObjectHeader& group, const VisitLink& visit) {
  visitSomeLinks(file, group, std::nullopt, visit);
}

std::optional<Link> findLink(const File& file, const ObjectHeader& group, const std::string& name) {
  std::optional<Link> found;
  visitSomeLinks(file, group, name, [&](const Link& link) {
    if (link.name == name) found = link;
    return !found;
  });
  return found;
}

}  // namespace volary::hdf5
