#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace volary::hdf5 {

class File;

/// HDF5 file format, III.A.2 "Version 2 B-trees": kinds of records.
enum class BtreeV2Kind : unsigned {
  hugeObjects = 1,
  linkNames = 5,
  attributeNames = 8,
  chunks = 10,
  filteredChunks = 11,
};

/// The head of a version-2 B-tree.
struct BtreeV2 {
  BtreeV2Kind kind{};
  std::size_t nodeBytes = 0;
  std::size_t recordBytes = 0;
  unsigned depth = 0;
  std::uint64_t root = 0;
  unsigned rootRecords = 0;
  std::uint64_t records = 0;
};

/// Reads a tree's head. Throws Error if it is damaged.
BtreeV2 readBtreeV2(const File& file, std::uint64_t address);

/// Negative, zero, positive: a record comes before, among, after those that are wanted.
using CompareRecord = std::function<int(std::span<const std::byte> record)>;
using VisitRecord = std::function<void(std::span<const std::byte> record)>;

/// Calls `visit` for the records that are wanted, in the order of the tree. Throws Error if a node is damaged or
/// reached twice, or if the tree doesn't hold as many records as its nodes say.
void walkBtreeV2(const File& file, const BtreeV2& tree, const CompareRecord& compare, const VisitRecord& visit);

/// All records.
void walkBtreeV2(const File& file, const BtreeV2& tree, const VisitRecord& visit);

}  // namespace volary::hdf5
