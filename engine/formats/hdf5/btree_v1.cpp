// Based on: HDF5 file format 3.0, III.A.1 "Disk Format: Level 1A1 - Version 1 B-trees".
#include "formats/hdf5/btree_v1.h"

#include "formats/hdf5/file.h"
#include "formats/hdf5/unsupported.h"

#include <unordered_set>
#include <vector>

namespace volary::hdf5 {

namespace {

constexpr const char* kNodeV1 = "B-tree node";

class WalkerV1 {
 public:
  WalkerV1(const File& file, const BtreeV1& tree, const WantsChild& wants, const VisitChild& visit)
      : file_(file), tree_(tree), wants_(wants), visit_(visit), addressBytes_(file.widths().offset) {
    prefixBytes_ = 8 + 2 * addressBytes_;
    nodeBytes_ = prefixBytes_ + (2 * tree.k + 1) * tree.keyBytes + 2 * tree.k * addressBytes_;
  }

  /// `level` is what the parent demands, or negative for the root.
  void walk(std::uint64_t address, int level) {
    // A tree is no tree if two ways lead to a node: this ends cycles and keeps the work linear in the file's size.
    if (!seen_.insert(address).second) fail("a B-tree node is reached twice");
    const std::vector<std::byte> node = file_.readBlockUpTo(address, nodeBytes_, kNodeV1);
    Cursor cursor(node, file_.widths(), kNodeV1);
    cursor.expectSignature("TREE");
    if (cursor.u8() != static_cast<unsigned>(tree_.kind)) fail("a B-tree node is of the wrong kind");
    const int ownLevel = cursor.u8();
    if (level >= 0 && ownLevel != level) fail("a B-tree node is on level {} and should be on {}", ownLevel, level);
    const unsigned entries = cursor.u16();
    if (entries > 2 * tree_.k) fail("a B-tree node has {} entries, {} is the limit", entries, 2 * tree_.k);
    cursor.skip(2 * addressBytes_);  // siblings

    if (entries == 0) return;
    std::span<const std::byte> left = cursor.take(tree_.keyBytes);
    for (unsigned i = 0; i < entries; ++i) {
      const std::uint64_t child = cursor.address();
      const std::span<const std::byte> right = cursor.take(tree_.keyBytes);
      if (wants_(left, right)) {
        if (ownLevel > 0) {
          walk(child, ownLevel - 1);
        } else {
          visit_(left, right, child);
        }
      }
      left = right;
    }
  }

 private:
  const File& file_;
  const BtreeV1& tree_;
  const WantsChild& wants_;
  const VisitChild& visit_;
  std::size_t addressBytes_;
  std::size_t prefixBytes_ = 0;
  std::size_t nodeBytes_ = 0;
  std::unordered_set<std::uint64_t> seen_;
};

}  // namespace

void walkBtreeV1(const File& file, const BtreeV1& tree, const WantsChild& wants, const VisitChild& visit) {
  if (tree.root != kUndefinedAddress) WalkerV1(file, tree, wants, visit).walk(tree.root, -1);
}

}  // namespace volary::hdf5
