#include "sidecar/stand_in.h"

#include "pyramid/hash.h"

#include <algorithm>
#include <cstring>

namespace volary {

namespace {

/// The voxels of the preview that a chunk's voxels are nearest to, along an axis.
std::vector<std::size_t> nearestVoxels(const LevelInfo& level, const LevelInfo& preview, int axis, std::int64_t begin) {
  std::vector<std::size_t> nearest;
  for (std::int64_t at = begin; at < begin + level.chunkVoxels[axis]; ++at) {
    const double edge = (static_cast<double>(at) + 0.5) * level.factor[axis];
    nearest.push_back(static_cast<std::size_t>(
        std::min(static_cast<std::int64_t>(edge / preview.factor[axis]), preview.sizeVoxels[axis] - 1)));
  }
  return nearest;
}

}  // namespace

std::vector<std::byte> makeStandIn(const StandInSource& source, int level, const i64vec3& chunk) {
  const LevelInfo& info = source.job.levels[static_cast<std::size_t>(level)];
  const i64vec3 begin = chunk * i64vec3(info.chunkVoxels);
  const auto nearestX = nearestVoxels(info, source.preview, 0, begin.x),
             nearestY = nearestVoxels(info, source.preview, 1, begin.y),
             nearestZ = nearestVoxels(info, source.preview, 2, begin.z);
  const glm::vec<3, std::size_t> previewSize(source.preview.sizeVoxels);
  const std::size_t bytes = voxelBytes(source.job.voxelType);
  std::vector<std::byte> voxels(nearestX.size() * nearestY.size() * nearestZ.size() * bytes);
  const std::size_t layerBytes = nearestX.size() * nearestY.size() * bytes;
  const std::byte* sampled = nullptr;  // the last layer of samples
  std::byte* to = voxels.data();
  for (std::size_t z = 0; z < nearestZ.size(); ++z, to += layerBytes) {
    const ChunkKey key{source.job.source, level, {chunk.x, chunk.y, begin.z + static_cast<std::int64_t>(z)}};
    if (const auto tile = source.layers.find(key)) {
      std::ranges::copy(*tile, to);
      continue;
    }
    // Most layers equal the one before.
    if (sampled && nearestZ[z] == nearestZ[static_cast<std::size_t>(sampled - voxels.data()) / layerBytes]) {
      std::copy_n(sampled, layerBytes, to);
      continue;
    }
    sampled = to;
    std::byte* voxel = to;
    for (const std::size_t y : nearestY) {
      const std::byte* const row =
          source.previewVoxels.data() + (nearestZ[z] * previewSize.y + y) * previewSize.x * bytes;
      for (const std::size_t x : nearestX) {
        std::memcpy(voxel, row + x * bytes, bytes);
        voxel += bytes;
      }
    }
  }
  return voxels;
}

std::uint64_t findStandIn(const PyramidJob& job, const PlaneLayers& layers, int level, const ivec3& brick) {
  const auto part = layers.findPart(job.source, level);
  if (!part) return 0;
  const ChunkRange chunks = chunksOfBrick(job.levels[static_cast<std::size_t>(level)], brick);
  const std::int64_t first = brick.z * std::int64_t{kBrickPayload} - kBrickBorder;
  const std::int64_t begin = std::max(part->begin.z, first),
                     end = std::min(part->end.z, first + std::int64_t{kPaddedBrick});
  std::uint64_t version = 0;
  i64vec3 tile;
  for (tile.z = begin; tile.z < end; ++tile.z)
    for (tile.y = chunks.begin.y; tile.y < chunks.end.y; ++tile.y)
      for (tile.x = chunks.begin.x; tile.x < chunks.end.x; ++tile.x) {
        const std::uint64_t found = layers.version({job.source, level, tile});
        if (found == 0) return 0;
        version = hashCombine(version, found);
      }
  return version;
}

}  // namespace volary
