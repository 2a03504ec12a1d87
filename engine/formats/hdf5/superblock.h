#pragma once

#include "formats/hdf5/cursor.h"

#include <cstdint>

namespace volary::hdf5 {

class File;

/// What the start of a file says about all of it (HDF5 file format, II.A "Superblock").
struct Superblock {
  std::uint64_t baseAddress = 0;  ///< position in the file of address 0: after the user block, if there is one
  Widths widths;
  std::uint64_t rootHeader = kUndefinedAddress;  ///< address of the root group's object header
  std::uint64_t extension = kUndefinedAddress;   ///< address of an object header with the members below, or undefined
  /// Half the number of entries that a node of a version-1 B-tree has room for, and half that of a symbol table node.
  unsigned groupLeafK = 4;
  unsigned groupInternalK = 16;
  unsigned chunkInternalK = 32;
};

/// Finds and reads the superblock, versions 0 to 3. Throws Error if there is none, if the file is shorter than it says,
/// or if it is a part of a set of files.
Superblock readSuperblock(const File& file);

/// Adds the contents of the extension, once `file` knows its superblock.
void readSuperblockExtension(const File& file, Superblock& superblock);

}  // namespace volary::hdf5
