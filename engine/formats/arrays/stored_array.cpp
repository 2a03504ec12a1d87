#include "formats/arrays/stored_array.h"

#include "base/bytes.h"
#include "base/error.h"
#include "storage/location.h"

#include <fmt/ranges.h>

#include <utility>

namespace volary::arrays {

namespace {

constexpr std::size_t kMaxRank = 32;
// Brick indices have 32 bits, and a brick 32 voxels an axis.
constexpr std::int64_t kMaxExtent = std::int64_t{1} << 36;
// Voxel counts must not overflow 64 bits.
constexpr double kMaxVoxels = 9.0e18;
// The largest chunk that is taken into memory: one that holds a 512^3 volume of 16 bit is 256 MiB.
constexpr std::uint64_t kMaxChunkBytes = kGiB;

}  // namespace

Extents stridesOf(const Extents& chunkShape, const std::vector<int>& order) {
  Extents strides(chunkShape.size());
  std::int64_t stride = 1;
  for (std::size_t i = order.size(); i-- > 0;) {
    const auto axis = static_cast<std::size_t>(order[i]);
    strides[axis] = stride;
    stride *= chunkShape[axis];
  }
  return strides;
}

std::size_t chunkBytes(const ArrayLayout& layout) {
  std::size_t bytes = voxelBytes(layout.voxelType);
  for (const std::int64_t extent : layout.chunkShape) bytes *= static_cast<std::size_t>(extent);
  return bytes;
}

void checkLayout(const ArrayLayout& layout) {
  if (layout.shape.empty()) fail("it is a single number, not an image");
  if (layout.shape.size() > kMaxRank) fail("an array with {} axes is absurd", layout.shape.size());
  if (layout.chunkShape.size() != layout.shape.size())
    fail("its chunks have {} axes, the array has {}", layout.chunkShape.size(), layout.shape.size());
  double voxels = 1.0;
  std::uint64_t bytes = voxelBytes(layout.voxelType);
  for (std::size_t axis = 0; axis < layout.shape.size(); ++axis) {
    const std::int64_t extent = layout.shape[axis];
    const std::int64_t chunk = layout.chunkShape[axis];
    if (extent < 1) fail("it is empty: its shape is {}", fmt::join(layout.shape, " x "));
    voxels *= static_cast<double>(extent);
    if (extent > kMaxExtent || voxels > kMaxVoxels) fail("a shape of {} is absurd", fmt::join(layout.shape, " x "));
    if (chunk < 1) fail("chunks of {} voxels are none", fmt::join(layout.chunkShape, " x "));
    if (static_cast<std::uint64_t>(chunk) > kMaxChunkBytes / bytes)
      fail("chunks of {} voxels are too large, {} is the limit", fmt::join(layout.chunkShape, " x "),
           formatBytes(kMaxChunkBytes));
    bytes *= static_cast<std::uint64_t>(chunk);
  }
}

StoredArray::StoredArray(Location folder, ArrayLayout layout) : folder_(std::move(folder)), layout_(std::move(layout)) {
  checkLayout(layout_);
}

}  // namespace volary::arrays
