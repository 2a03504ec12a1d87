#include "survey/read_floats.h"

#include "base/error.h"
#include "base/grid.h"
#include "streaming/read_box.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <span>

namespace volary {

namespace {

std::vector<float> asFloats(VoxelType type, std::span<const std::byte> bytes) {
  std::vector<float> voxels(bytes.size() / voxelBytes(type));
  visitVoxelType(type, [&](auto zero) {
    using T = decltype(zero);
    for (std::size_t i = 0; i < voxels.size(); ++i) {
      T voxel;
      std::memcpy(&voxel, &bytes[i * sizeof(T)], sizeof(T));
      voxels[i] = static_cast<float>(voxel);
    }
  });
  return voxels;
}

}  // namespace

std::vector<float> readFloats(Source& source, ImageId image, const ImagePyramid& pyramid, int level,
                              const VoxelBox& box) {
  try {
    return asFloats(pyramid.voxelType, readBox(source, image, level, box));
  } catch (const Error&) {
    // Whoever draws the voxels says what is wrong with them.
  }
  std::vector<float> voxels(countCells(box.size()), std::numeric_limits<float>::quiet_NaN());
  const i64vec3 chunk(pyramid.levels[static_cast<std::size_t>(level)].chunkVoxels);
  const i64vec3 first = box.begin / chunk, end = ceilDiv(box.end, chunk);
  for (std::int64_t z = first.z; z < end.z; ++z)
    for (std::int64_t y = first.y; y < end.y; ++y)
      for (std::int64_t x = first.x; x < end.x; ++x) {
        const i64vec3 begin = i64vec3(x, y, z) * chunk;
        const VoxelBox part = intersect({.begin = begin, .end = begin + chunk}, box);
        try {
          const std::vector<float> read = asFloats(pyramid.voxelType, readBox(source, image, level, part, 1));
          forEachRow(part, part, box, [&](std::size_t from, std::size_t to, std::size_t count) {
            std::copy_n(read.begin() + static_cast<std::ptrdiff_t>(from), count,
                        voxels.begin() + static_cast<std::ptrdiff_t>(to));
          });
        } catch (const Error&) {
          continue;
        }
      }
  return voxels;
}

}  // namespace volary
