#include "support/fakes/bricked_volume.h"

#include "cache/page_table.h"
#include "streaming/brick_cells.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace volary::test {

double ArrayVolume::voxel(int level, i64vec3 index) const {
  const i64vec3 size = pyramid.levels[static_cast<std::size_t>(level)].sizeVoxels;
  index = glm::clamp(index, i64vec3(0), size - std::int64_t{1});
  const std::int64_t at = index.x + size.x * (index.y + size.y * index.z);
  return levels[static_cast<std::size_t>(level)][static_cast<std::size_t>(at)];
}

ArrayVolume makeArrayVolume(VoxelType type, const i64vec3& fullSize, const std::vector<dvec3>& factors,
                            const Field& field) {
  ArrayVolume volume;
  volume.pyramid.voxelType = type;
  const ValueRange range = naturalRange(type);
  for (const dvec3& factor : factors) {
    const i64vec3 size(glm::ceil(dvec3(fullSize) / factor));
    volume.pyramid.levels.push_back({.sizeVoxels = size, .factor = factor, .chunkVoxels = ivec3(16), .codec = "raw"});
    std::vector<double> values;
    for (std::int64_t z = 0; z < size.z; ++z)
      for (std::int64_t y = 0; y < size.y; ++y)
        for (std::int64_t x = 0; x < size.x; ++x) {
          double value = field((dvec3(x, y, z) + 0.5) * factor);
          if (isInteger(type)) value = std::clamp(std::round(value), range.min, range.max);
          values.push_back(value);
        }
    volume.levels.push_back(std::move(values));
  }
  return volume;
}

std::vector<std::byte> makeBrick(const ArrayVolume& volume, const BrickKey& key) {
  const VoxelType type = volume.pyramid.voxelType;
  std::vector<std::byte> stored(static_cast<std::size_t>(kPaddedBrickVoxels) * voxelBytes(type));
  visitVoxelType(type, [&](auto zero) {
    using T = decltype(zero);
    std::size_t at = 0;
    for (int z = 0; z < kPaddedBrick; ++z)
      for (int y = 0; y < kPaddedBrick; ++y)
        for (int x = 0; x < kPaddedBrick; ++x, at += sizeof(T)) {
          const i64vec3 index = i64vec3(key.brick * kBrickPayload - kBrickBorder) + i64vec3(x, y, z);
          const T value = static_cast<T>(volume.voxel(key.level, index));
          std::memcpy(stored.data() + at, &value, sizeof(T));
        }
  });
  std::vector<std::byte> page(static_cast<std::size_t>(kPaddedBrickVoxels) * pageVoxelBytes(pageFormat(type)));
  convertToPage(type, stored.data(), page.data(), kPaddedBrickVoxels);
  return page;
}

std::vector<BrickKey> allBricks(const ImagePyramid& pyramid) {
  std::vector<BrickKey> keys;
  for (int level = static_cast<int>(pyramid.levels.size()) - 1; level >= 0; --level) {
    const ivec3 grid = brickGrid(pyramid.levels[static_cast<std::size_t>(level)]);
    for (int z = 0; z < grid.z; ++z)
      for (int y = 0; y < grid.y; ++y)
        for (int x = 0; x < grid.x; ++x) keys.push_back({.level = level, .brick = ivec3(x, y, z)});
  }
  return keys;
}

void uploadBricks(gpu::Frame& frame, VolumeCache& cache, const ArrayVolume& volume, const std::vector<BrickKey>& keys) {
  std::vector<ResidentBrick> resident;
  std::vector<std::vector<std::byte>> voxels, cells;
  std::vector<SlotUpload> uploads;
  voxels.reserve(keys.size());
  cells.reserve(keys.size());
  for (const BrickKey& key : keys) {
    const auto slot = static_cast<std::uint32_t>(resident.size());
    resident.push_back({key, slot});
    voxels.push_back(makeBrick(volume, key));
    cells.push_back(makeCellRanges(pageFormat(volume.pyramid.voxelType), voxels.back()));
    uploads.push_back({slot, voxels.back(), cells.back()});
  }
  cache.upload(frame, uploads);
  const PageTableImage image{.pyramid = &volume.pyramid};
  cache.setPageTable(frame, makePageTable(std::span(&image, 1), resident));
}

void makeMeans(ArrayVolume& volume) {
  for (std::size_t l = 1; l < volume.levels.size(); ++l) {
    const i64vec3 size = volume.pyramid.levels[l].sizeVoxels;
    std::size_t at = 0;
    for (std::int64_t z = 0; z < size.z; ++z)
      for (std::int64_t y = 0; y < size.y; ++y)
        for (std::int64_t x = 0; x < size.x; ++x) {
          double sum = 0.0;
          for (int i = 0; i < 8; ++i)
            sum += volume.voxel(int(l) - 1, std::int64_t{2} * i64vec3(x, y, z) + i64vec3(i & 1, i >> 1 & 1, i >> 2));
          volume.levels[l][at++] = std::floor(sum / 8.0 + 0.5);
        }
  }
}

}  // namespace volary::test
