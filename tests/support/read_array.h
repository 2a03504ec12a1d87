#pragma once

#include "formats/arrays/stored_array.h"

#include <cstddef>
#include <cstring>
#include <vector>

namespace volary::test {

/// All voxels of a stored array in C order, native byte order: chunk by chunk, voxel by voxel.
inline std::vector<std::byte> readArray(const arrays::StoredArray& array) {
  const arrays::ArrayLayout& layout = array.layout();
  const std::size_t rank = layout.shape.size();
  const std::size_t width = voxelBytes(layout.voxelType);
  std::size_t voxels = 1;
  for (const std::int64_t extent : layout.shape) voxels *= static_cast<std::size_t>(extent);
  std::vector<std::byte> all(voxels * width);
  std::vector<std::byte> decoded;
  arrays::Extents decodedIndex;
  arrays::Extents at(rank, 0);
  DecodeScratch scratch;
  for (std::size_t i = 0; i < voxels; ++i) {
    arrays::Extents chunk(rank);
    std::int64_t inside = 0;
    for (std::size_t axis = 0; axis < rank; ++axis) {
      chunk[axis] = at[axis] / layout.chunkShape[axis];
      inside += at[axis] % layout.chunkShape[axis] * layout.strides[axis];
    }
    if (chunk != decodedIndex) {
      const RawChunk raw = array.readChunk(chunk);
      decoded.assign(arrays::chunkBytes(layout), std::byte{0});
      if (raw.stored) array.decodeChunk(raw, decoded, scratch);
      decodedIndex = chunk;
    }
    std::memcpy(&all[i * width], &decoded[static_cast<std::size_t>(inside) * width], width);
    for (std::size_t axis = rank; axis-- > 0;) {
      if (++at[axis] < layout.shape[axis]) break;
      at[axis] = 0;
    }
  }
  return all;
}

}  // namespace volary::test
