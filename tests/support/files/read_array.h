#pragma once

#include "formats/arrays/stored_array.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

namespace volary::test {

/// Calls `visit(index)` for every index of an array of `shape`, in C order.
template <typename Visit>
void forEachIndex(const arrays::Extents& shape, Visit visit) {
  if (std::ranges::any_of(shape, [](std::int64_t extent) { return extent == 0; })) return;
  arrays::Extents index(shape.size(), 0);
  for (;;) {
    visit(std::as_const(index));
    std::size_t axis = shape.size();
    for (; axis > 0 && ++index[axis - 1] == shape[axis - 1]; --axis) index[axis - 1] = 0;
    if (axis == 0) return;
  }
}

/// All voxels of a stored array in C order, native byte order: chunk by chunk, voxel by voxel.
inline std::vector<std::byte> readArray(const arrays::StoredArray& array) {
  const arrays::ArrayLayout& layout = array.layout();
  const std::size_t rank = layout.shape.size();
  const std::size_t width = voxelBytes(layout.voxelType);
  std::size_t voxels = 1;
  arrays::Extents grid(rank);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    voxels *= static_cast<std::size_t>(layout.shape[axis]);
    grid[axis] = (layout.shape[axis] + layout.chunkShape[axis] - 1) / layout.chunkShape[axis];
  }
  std::vector<std::byte> all(voxels * width);
  std::vector<std::byte> decoded(arrays::chunkBytes(layout));
  DecodeScratch scratch;
  forEachIndex(grid, [&](const arrays::Extents& chunk) {
    const RawChunk raw = array.readChunk(chunk);
    if (!raw.stored) return;
    array.decodeChunk(raw, decoded, scratch);
    arrays::Extents inside(rank);
    for (std::size_t axis = 0; axis < rank; ++axis)
      inside[axis] = std::min(layout.chunkShape[axis], layout.shape[axis] - chunk[axis] * layout.chunkShape[axis]);
    forEachIndex(inside, [&](const arrays::Extents& index) {
      std::int64_t to = 0;
      std::int64_t from = 0;
      for (std::size_t axis = 0; axis < rank; ++axis) {
        to = to * layout.shape[axis] + chunk[axis] * layout.chunkShape[axis] + index[axis];
        from += index[axis] * layout.strides[axis];
      }
      std::memcpy(&all[static_cast<std::size_t>(to) * width], &decoded[static_cast<std::size_t>(from) * width], width);
    });
  });
  return all;
}

}  // namespace volary::test
