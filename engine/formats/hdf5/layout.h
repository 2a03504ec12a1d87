#pragma once

#include "formats/hdf5/cursor.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace volary::hdf5 {

enum class StorageKind { compact, contiguous, chunked };

/// How the chunks of a dataset are found (HDF5 file format, IV.A.2.i, version 4; versions 1 to 3 know only the first).
enum class IndexKind { btreeV1, singleChunk, implicit, fixedArray, extensibleArray, btreeV2 };

/// HDF5 file format, IV.A.2.i "Data Layout", versions 1 to 4.
struct Layout {
  StorageKind storage = StorageKind::compact;
  std::vector<std::byte> compactData;
  std::uint64_t address = kUndefinedAddress;  ///< of the voxels or of the index; undefined if nothing is stored yet
  std::uint64_t contiguousBytes = 0;          ///< 0 = not stated (versions 1 and 2)

  std::vector<std::uint64_t> chunkDims;  ///< slowest first; without the size of an element
  std::uint64_t elementBytes = 0;
  IndexKind index = IndexKind::btreeV1;
  bool rawPartialChunks = false;  ///< chunks that reach beyond the extent are not filtered
  /// Single chunk: whether it is filtered, and its stored bytes and filter mask.
  bool singleIsFiltered = false;
  std::uint64_t singleBytes = 0;
  std::uint32_t singleMask = 0;
};

Layout parseLayout(Cursor cursor);

}  // namespace volary::hdf5
