// Based on: HDF5 file format 3.0, III.A.2 "Disk Format: Level 1A2 - Version 2 B-trees".
#include "formats/hdf5/btree_v2.h"

#include "base/checked_math.h"
#include "formats/hdf5/checksum.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/unsupported.h"

#include <bit>
#include <unordered_set>
#include <vector>

namespace volary::hdf5 {

namespace {

constexpr const char* kNodeV2 = "B-tree node";
// Signature, version, kind, checksum.
constexpr std::size_t kNodeOverhead = 4 + 1 + 1 + 4;
// With the fewest records a node can have, 3, this is far beyond what 64 bits can count.
constexpr unsigned kMaxDepth = 64;

/// The bytes that a number up to `limit` takes.
unsigned bytesFor(std::uint64_t limit) { return limit == 0 ? 1 : (std::bit_width(limit) - 1) / 8 + 1; }

/// How the pointers in nodes of one depth are written: leaves have depth 0 and no pointers.
struct DepthFormat {
  std::uint64_t maxRecords = 0;       ///< of one node
  std::uint64_t maxRecordsBelow = 0;  ///< of a node with all below it; saturated
  unsigned belowBytes = 0;            ///< width of that number in a parent's pointer
};

/// "Internal Node": the widths of its fields follow from how many records fit a node of each depth.
std::vector<DepthFormat> formatsOf(const BtreeV2& tree, unsigned addressBytes) {
  std::vector<DepthFormat> formats;
  const std::uint64_t leafRecords = (tree.nodeBytes - kNodeOverhead) / tree.recordBytes;
  formats.push_back({leafRecords, leafRecords, 0});
  for (unsigned depth = 1; depth <= tree.depth; ++depth) {
    const DepthFormat& below = formats.back();
    const std::size_t pointer = addressBytes + bytesFor(leafRecords) + below.belowBytes;
    if (tree.nodeBytes < kNodeOverhead + 2 * pointer + tree.recordBytes) fail("the nodes of a B-tree are too small");
    DepthFormat format;
    format.maxRecords = (tree.nodeBytes - (kNodeOverhead + pointer)) / (tree.recordBytes + pointer);
    if (!multiply(format.maxRecords + 1, below.maxRecordsBelow, format.maxRecordsBelow) ||
        !add(format.maxRecordsBelow, format.maxRecords, format.maxRecordsBelow))
      format.maxRecordsBelow = ~std::uint64_t{0};
    format.belowBytes = bytesFor(format.maxRecordsBelow);
    formats.push_back(format);
  }
  return formats;
}

class WalkerV2 {
 public:
  WalkerV2(const File& file, const BtreeV2& tree, const CompareRecord& compare, const VisitRecord& visit)
      : file_(file),
        tree_(tree),
        compare_(compare),
        visit_(visit),
        addressBytes_(file.widths().offset),
        formats_(formatsOf(tree, addressBytes_)),
        countBytes_(bytesFor(formats_.front().maxRecords)) {}

  /// `total` is the number of records of the node and all below it.
  void walk(std::uint64_t address, std::uint64_t records, std::uint64_t total, unsigned depth) {
    if (!seen_.insert(address).second) fail("a B-tree node is reached twice");
    if (records > formats_[depth].maxRecords) fail("a B-tree node is said to hold {} records", records);
    const unsigned belowBytes = depth > 1 ? formats_[depth - 1].belowBytes : 0;
    const std::size_t pointerBytes = addressBytes_ + countBytes_ + belowBytes;
    const std::size_t pointers = depth > 0 ? (records + 1) * pointerBytes : 0;
    const std::vector<std::byte> node =
        file_.readBlock(address, kNodeOverhead + records * tree_.recordBytes + pointers, kNodeV2);
    Cursor cursor(node, file_.widths(), kNodeV2);
    cursor.expectSignature(depth > 0 ? "BTIN" : "BTLF");
    cursor.expectVersion(0);
    if (cursor.u8() != static_cast<unsigned>(tree_.kind)) fail("a B-tree node is of the wrong kind");
    verifyChecksum(node, kNodeV2);

    std::vector<std::span<const std::byte>> keys(records);
    std::vector<int> order(records);
    for (std::size_t i = 0; i < records; ++i) {
      keys[i] = cursor.take(tree_.recordBytes);
      order[i] = compare_(keys[i]);
    }
    std::uint64_t counted = records;
    for (std::size_t i = 0; i <= records; ++i) {
      if (depth > 0) {
        const std::uint64_t child = cursor.address();
        const std::uint64_t childRecords = cursor.number(countBytes_);
        const std::uint64_t childTotal = depth > 1 ? cursor.number(belowBytes) : childRecords;
        if (!add(counted, childTotal, counted)) fail("a B-tree counts its records wrongly");
        const bool isBefore = i < records && order[i] < 0;
        const bool isAfter = i > 0 && order[i - 1] > 0;
        if (!isBefore && !isAfter) walk(child, childRecords, childTotal, depth - 1);
      }
      if (i < records && order[i] == 0) visit_(keys[i]);
    }
    if (counted != total) fail("a B-tree counts its records wrongly");
  }

 private:
  const File& file_;
  const BtreeV2& tree_;
  const CompareRecord& compare_;
  const VisitRecord& visit_;
  unsigned addressBytes_;
  std::vector<DepthFormat> formats_;
  unsigned countBytes_;
  std::unordered_set<std::uint64_t> seen_;
};

}  // namespace

BtreeV2 readBtreeV2(const File& file, std::uint64_t address) {
  constexpr const char* kHead = "B-tree header";
  const std::size_t bytes = 4 + 1 + 1 + 4 + 2 + 2 + 1 + 1 + file.widths().offset + 2 + file.widths().length + 4;
  const std::vector<std::byte> block = file.readBlock(address, bytes, kHead);
  Cursor cursor(block, file.widths(), kHead);
  cursor.expectSignature("BTHD");
  cursor.expectVersion(0);
  verifyChecksum(block, kHead);
  BtreeV2 tree;
  tree.kind = static_cast<BtreeV2Kind>(cursor.u8());
  tree.nodeBytes = cursor.u32();
  tree.recordBytes = cursor.u16();
  tree.depth = cursor.u16();
  cursor.skip(2);  // split and merge percentages
  tree.root = cursor.address();
  tree.rootRecords = cursor.u16();
  tree.records = cursor.length();
  if (tree.recordBytes == 0 || tree.nodeBytes < kNodeOverhead + tree.recordBytes || tree.depth > kMaxDepth)
    fail("the header of a B-tree is damaged");
  return tree;
}

void walkBtreeV2(const File& file, const BtreeV2& tree, const CompareRecord& compare, const VisitRecord& visit) {
  if (tree.root == kUndefinedAddress) {
    if (tree.records != 0) fail("a B-tree counts its records wrongly");
    return;
  }
  WalkerV2(file, tree, compare, visit).walk(tree.root, tree.rootRecords, tree.records, tree.depth);
}

void walkBtreeV2(const File& file, const BtreeV2& tree, const VisitRecord& visit) {
  walkBtreeV2(
      file, tree, [](std::span<const std::byte>) { return 0; }, visit);
}

}  // namespace volary::hdf5
