#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace volary::hdf5 {

class File;

enum class BtreeV1Kind : unsigned { group = 0, chunks = 1 };

/// A version-1 B-tree (HDF5 file format, III.A.1).
struct BtreeV1 {
  BtreeV1Kind kind = BtreeV1Kind::group;
  std::uint64_t root = 0;
  std::size_t keyBytes = 0;
  unsigned k = 0;  ///< a node has room for 2 k children
};

/// Says whether the child between two keys is wanted.
using WantsChild = std::function<bool(std::span<const std::byte> left, std::span<const std::byte> right)>;

/// Gets what a leaf points to, with the keys on both sides.
using VisitChild =
    std::function<void(std::span<const std::byte> left, std::span<const std::byte> right, std::uint64_t child)>;

/// Walks over a tree in the order of its keys; an undefined root is a tree without entries. Every node is read once.
/// Throws Error if a node is damaged, reached twice, or not one level below its parent.
void walkBtreeV1(const File& file, const BtreeV1& tree, const WantsChild& wants, const VisitChild& visit);

}  // namespace volary::hdf5
