#include "formats/hdf5/file.h"

#include "formats/hdf5/named_errors.h"

#include <algorithm>

namespace volary::hdf5 {

namespace {

// The largest sound structure is the heap of names of a group: this is enough for millions of links.
constexpr std::uint64_t kMaxBlockBytes = std::uint64_t{256} << 20;

}  // namespace

File::File(Location location) : location_(std::move(location)), bytes_(location_.open()) {
  nameFileInErrors(location_, [&] {
    superblock_ = readSuperblock(*this);
    readSuperblockExtension(*this, superblock_);
  });
}

std::uint64_t File::positionOf(std::uint64_t address, std::uint64_t length, const char* what) const {
  const std::uint64_t end = sizeBytes() - superblock_.baseAddress;
  if (address > end || length > end - address)
    fail("a {} is said to stand outside of the file, {} bytes at {}", what, length, address);
  return superblock_.baseAddress + address;
}

std::vector<std::byte> File::readBlock(std::uint64_t address, std::uint64_t length, const char* what) const {
  const std::uint64_t position = positionOf(address, length, what);
  if (length > kMaxBlockBytes) fail("a {} is said to take {} bytes, which is absurd", what, length);
  std::vector<std::byte> block(length);
  readAt(position, block);
  return block;
}

std::vector<std::byte> File::readBlockUpTo(std::uint64_t address, std::uint64_t length, const char* what) const {
  const std::uint64_t start = positionOf(address, 0, what);
  return readBlock(address, std::min(length, sizeBytes() - start), what);
}

}  // namespace volary::hdf5
