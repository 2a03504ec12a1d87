#include "export/level_slab.h"

#include "export/parallel.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace volary {
namespace {

// Copies the part of a decoded chunk that lies in the slab.
void copyIntoSlab(const LevelInfo& level, std::size_t bytes, const i64vec3& chunk, std::span<const std::byte> from,
                  LevelSlab& slab) {
  const i64vec3 shape(level.chunkVoxels);
  const i64vec3 begin = chunk * shape;
  const std::int64_t endX = std::min(begin.x + shape.x, slab.sizeVoxels.x);
  const std::int64_t endY = std::min(begin.y + shape.y, slab.sizeVoxels.y);
  const std::int64_t beginZ = std::max(begin.z, slab.firstPlane);
  const std::int64_t endZ = std::min(begin.z + shape.z, slab.firstPlane + slab.planes);
  for (std::int64_t z = beginZ; z < endZ; ++z)
    for (std::int64_t y = begin.y; y < endY; ++y) {
      const std::int64_t source = ((z - begin.z) * shape.y + (y - begin.y)) * shape.x;
      const std::int64_t target = ((z - slab.firstPlane) * slab.sizeVoxels.y + y) * slab.sizeVoxels.x + begin.x;
      std::memcpy(slab.voxels.data() + static_cast<std::size_t>(target) * bytes,
                  from.data() + static_cast<std::size_t>(source) * bytes, static_cast<std::size_t>(endX - begin.x) * bytes);
    }
}

template <typename T>
T meanOf(double sum, std::int64_t wholeSum, int count) {
  // The counts are powers of two, so the shift is the division, rounded half up for negative sums as well.
  if constexpr (std::is_floating_point_v<T>) return static_cast<T>(sum / count);
  const int bits = count == 8 ? 3 : (count == 4 ? 2 : (count == 2 ? 1 : 0));
  return static_cast<T>((wholeSum + count / 2) >> bits);
}

template <typename T>
void meanRow(const T* fine, const LevelSlab& slab, const i64vec3& factor, std::int64_t z, std::int64_t y, std::int64_t width,
             T* out) {
  // The rows that are averaged, each clamped to the level's end.
  const T* rows[4];
  int rowCount = 0;
  for (std::int64_t k = 0; k < factor.z; ++k)
    for (std::int64_t j = 0; j < factor.y; ++j) {
      const std::int64_t plane = std::min(z * factor.z + k, slab.sizeVoxels.z - 1) - slab.firstPlane;
      const std::int64_t row = std::min(y * factor.y + j, slab.sizeVoxels.y - 1);
      rows[rowCount++] = fine + (plane * slab.sizeVoxels.y + row) * slab.sizeVoxels.x;
    }
  const int count = rowCount * static_cast<int>(factor.x);
  for (std::int64_t x = 0; x < width; ++x) {
    const std::int64_t near = x * factor.x;
    const std::int64_t far = std::min(near + factor.x - 1, slab.sizeVoxels.x - 1);
    double sum = 0.0;
    std::int64_t wholeSum = 0;
    for (int r = 0; r < rowCount; ++r) {
      if constexpr (std::is_floating_point_v<T>) {
        sum += static_cast<double>(rows[r][near]);
        if (factor.x == 2) sum += static_cast<double>(rows[r][far]);
      } else {
        wholeSum += static_cast<std::int64_t>(rows[r][near]);
        if (factor.x == 2) wholeSum += static_cast<std::int64_t>(rows[r][far]);
      }
    }
    out[x] = meanOf<T>(sum, wholeSum, count);
  }
}

}  // namespace

void fillSlab(Source& source, ImageId image, int threads, LevelSlab& slab) {
  const ImagePyramid& pyramid = source.pyramid(image);
  const LevelInfo& level = pyramid.levels.front();
  const std::size_t bytes = voxelBytes(pyramid.voxelType);
  slab.planes = std::min(slab.capacity, slab.sizeVoxels.z - slab.firstPlane);

  const i64vec3 shape(level.chunkVoxels);
  const std::int64_t firstLayer = slab.firstPlane / shape.z;
  const i64vec3 grid(ceilDiv(slab.sizeVoxels.x, shape.x), ceilDiv(slab.sizeVoxels.y, shape.y),
                     ceilDiv(slab.firstPlane + slab.planes, shape.z) - firstLayer);
  const std::size_t chunkBytes = static_cast<std::size_t>(shape.x * shape.y * shape.z) * bytes;
  parallelFor(static_cast<std::size_t>(grid.x * grid.y * grid.z), threads, [&](std::size_t index) {
    thread_local DecodeScratch scratch;
    thread_local std::vector<std::byte> voxels;
    const auto i = static_cast<std::int64_t>(index);
    const ChunkKey key{image, 0, i64vec3(i % grid.x, i / grid.x % grid.y, firstLayer + i / (grid.x * grid.y))};
    const RawChunk raw = source.readChunk(key);
    voxels.assign(chunkBytes, std::byte{0});
    if (raw.stored) source.decodeChunk(key, raw, voxels, scratch);
    copyIntoSlab(level, bytes, key.chunk, voxels, slab);
  });
}

std::vector<std::byte> cutChunk(const LevelSlab& slab, std::size_t voxelBytes, const ivec3& chunkVoxels, const i64vec3& chunk) {
  const i64vec3 shape(chunkVoxels);
  const i64vec3 begin = chunk * shape;
  const i64vec3 end = glm::min(begin + shape, i64vec3(slab.sizeVoxels.x, slab.sizeVoxels.y, slab.planes));
  std::vector<std::byte> voxels(static_cast<std::size_t>(shape.x * shape.y * shape.z) * voxelBytes);
  for (std::int64_t z = begin.z; z < end.z; ++z)
    for (std::int64_t y = begin.y; y < end.y; ++y) {
      const std::int64_t source = (z * slab.sizeVoxels.y + y) * slab.sizeVoxels.x + begin.x;
      const std::int64_t target = ((z - begin.z) * shape.y + (y - begin.y)) * shape.x;
      std::memcpy(voxels.data() + static_cast<std::size_t>(target) * voxelBytes,
                  slab.voxels.data() + static_cast<std::size_t>(source) * voxelBytes,
                  static_cast<std::size_t>(end.x - begin.x) * voxelBytes);
    }
  return voxels;
}

void appendMeans(VoxelType type, const LevelSlab& fine, const i64vec3& factor, std::int64_t count, int threads,
                 LevelSlab& coarse) {
  const std::int64_t height = coarse.sizeVoxels.y;
  const std::int64_t width = coarse.sizeVoxels.x;
  visitVoxelType(type, [&]<typename T>(T) {
    const T* from = reinterpret_cast<const T*>(fine.voxels.data());
    T* to = reinterpret_cast<T*>(coarse.voxels.data()) + coarse.planes * coarse.planeVoxels();
    const std::int64_t firstZ = coarse.firstPlane + coarse.planes;
    parallelFor(static_cast<std::size_t>(count), threads, [&](std::size_t plane) {
      const auto z = static_cast<std::int64_t>(plane);
      for (std::int64_t y = 0; y < height; ++y)
        meanRow(from, fine, factor, firstZ + z, y, width, to + (z * height + y) * width);
    });
  });
  coarse.planes += count;
}

}  // namespace volary
