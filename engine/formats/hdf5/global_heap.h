#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace volary::hdf5 {

class File;

/// The collections of a file that hold strings of variable length (HDF5 file format, III.E). Keeps those that it has
/// read, up to a limit that no sound attribute reaches; one thread.
class GlobalHeap {
 public:
  explicit GlobalHeap(const File& file) : file_(file) {}

  /// An object of the collection at an address. Throws Error if it is not there or is longer than `maxBytes`.
  std::vector<std::byte> read(std::uint64_t collection, std::uint32_t index, std::uint64_t maxBytes);

 private:
  const std::vector<std::byte>& load(std::uint64_t collection);

  const File& file_;
  std::map<std::uint64_t, std::vector<std::byte>> collections_;
  std::uint64_t loadedBytes_ = 0;
};

}  // namespace volary::hdf5
