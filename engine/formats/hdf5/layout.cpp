// Based on: HDF5 file format 3.0, IV.A.2.i "The Data Layout Message".
#include "formats/hdf5/layout.h"

#include "formats/hdf5/messages.h"
#include "formats/hdf5/unsupported.h"

namespace volary::hdf5 {

namespace {

StorageKind storageOf(unsigned code) {
  switch (code) {
    case 0: return StorageKind::compact;
    case 1: return StorageKind::contiguous;
    case 2: return StorageKind::chunked;
    case 3: fail("its voxels are views of other datasets, which is not supported");
    default: fail("the storage class {} is unknown", code);
  }
}

/// A chunk's shape: `count` numbers, the last of which is the size of an element.
void parseChunkShape(Cursor& cursor, unsigned count, unsigned width, Layout& layout) {
  if (count < 2 || count > kMaxRank + 1) fail("chunks with {} dimensions are absurd", count);
  for (unsigned i = 0; i + 1 < count; ++i) {
    layout.chunkDims.push_back(cursor.number(width));
    if (layout.chunkDims.back() == 0) fail("a chunk has an extent of 0");
  }
  layout.elementBytes = cursor.number(width);
}

void takeCompact(Cursor& cursor, std::uint64_t bytes, Layout& layout) {
  const std::span<const std::byte> data = cursor.take(bytes);
  layout.compactData.assign(data.begin(), data.end());
}

void parseOld(Cursor& cursor, Layout& layout) {
  const unsigned dimensions = cursor.u8();
  layout.storage = storageOf(cursor.u8());
  cursor.skip(5);
  if (layout.storage != StorageKind::compact) layout.address = cursor.address();
  if (layout.storage == StorageKind::chunked) {
    parseChunkShape(cursor, dimensions, 4, layout);
    return;
  }
  cursor.skip(std::uint64_t{4} * dimensions);
  if (layout.storage == StorageKind::compact) takeCompact(cursor, cursor.u32(), layout);
}

IndexKind indexOf(unsigned code) {
  switch (code) {
    case 1: return IndexKind::singleChunk;
    case 2: return IndexKind::implicit;
    case 3: return IndexKind::fixedArray;
    case 4: return IndexKind::extensibleArray;
    case 5: return IndexKind::btreeV2;
    default: failUnsupported("the kind {} of chunk index is unknown", code);
  }
}

// Version 4. The parameters of the arrays and trees are repeated in their headers, and are taken from there.
void parseNewChunked(Cursor& cursor, Layout& layout) {
  const unsigned flags = cursor.u8();
  layout.rawPartialChunks = (flags & 1u) != 0;
  layout.singleIsFiltered = (flags & 2u) != 0;
  const unsigned dimensions = cursor.u8();
  const unsigned width = cursor.u8();
  if (width == 0 || width > 8) fail("chunk extents of {} bytes are absurd", width);
  parseChunkShape(cursor, dimensions, width, layout);
  layout.index = indexOf(cursor.u8());
  switch (layout.index) {
    case IndexKind::singleChunk:
      if (layout.singleIsFiltered) {
        layout.singleBytes = cursor.length();
        layout.singleMask = cursor.u32();
      }
      break;
    case IndexKind::fixedArray: cursor.skip(1); break;
    case IndexKind::extensibleArray: cursor.skip(5); break;
    case IndexKind::btreeV2: cursor.skip(6); break;
    default: break;
  }
  layout.address = cursor.address();
}

}  // namespace

Layout parseLayout(Cursor cursor) {
  Layout layout;
  const unsigned version = cursor.u8();
  if (version == 0 || version > 4) failUnsupported("a data layout has the unknown version {}", version);
  if (version < 3) {
    parseOld(cursor, layout);
    return layout;
  }
  layout.storage = storageOf(cursor.u8());
  switch (layout.storage) {
    case StorageKind::compact: takeCompact(cursor, cursor.u16(), layout); break;
    case StorageKind::contiguous:
      layout.address = cursor.address();
      layout.contiguousBytes = cursor.length();
      break;
    case StorageKind::chunked:
      if (version == 4) {
        parseNewChunked(cursor, layout);
      } else {
        const unsigned dimensions = cursor.u8();
        layout.address = cursor.address();
        parseChunkShape(cursor, dimensions, 4, layout);
      }
      break;
  }
  return layout;
}

}  // namespace volary::hdf5
