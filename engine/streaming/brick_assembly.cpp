#include "streaming/brick_assembly.h"

#include "pyramid/page_voxel.h"

#include <cassert>
#include <cstring>

namespace volary {

namespace {

constexpr int kPaddedSlice = kPaddedBrick * kPaddedBrick;

/// The voxels that a padded brick holds, reaching outside of the level by the border and beyond its end.
VoxelBox paddedBox(const ivec3& brick) {
  const i64vec3 begin = i64vec3(brick) * std::int64_t{kBrickPayload} - std::int64_t{kBrickBorder};
  return {.begin = begin, .end = begin + std::int64_t{kPaddedBrick}};
}

/// Those of them that the level has.
VoxelBox insideBox(const LevelInfo& level, const ivec3& brick) {
  return intersect(paddedBox(brick), {.begin = i64vec3(0), .end = level.sizeVoxels});
}

}  // namespace

std::size_t paddedBrickBytes(VoxelType type) { return kPaddedBrickVoxels * pageVoxelBytes(pageFormat(type)); }

VoxelBox chunkBox(const LevelInfo& level, const i64vec3& chunk) {
  const i64vec3 begin = chunk * i64vec3(level.chunkVoxels);
  return {.begin = begin, .end = glm::min(begin + i64vec3(level.chunkVoxels), level.sizeVoxels)};
}

void copyChunk(const LevelInfo& level, VoxelType type, const i64vec3& chunk, const std::byte* voxels,
               const ivec3& brick, std::span<std::byte> padded) {
  assert(padded.size() == paddedBrickBytes(type));
  const std::size_t fromBytes = voxelBytes(type);
  const std::size_t toBytes = pageVoxelBytes(pageFormat(type));
  const VoxelBox to = paddedBox(brick);
  const VoxelBox part = intersect(to, chunkBox(level, chunk));
  if (part.empty()) return;
  // Rows in memory have the full chunk's length, also where the chunk reaches beyond the level.
  const i64vec3 begin = chunk * i64vec3(level.chunkVoxels);
  const VoxelBox from{.begin = begin, .end = begin + i64vec3(level.chunkVoxels)};

  convertBoxToPage(type, voxels ? voxels + indexIn(from, part.begin) * fromBytes : nullptr,
                   padded.data() + indexIn(to, part.begin) * toBytes,
                   {.size = part.size(),
                    .fromRow = level.chunkVoxels.x,
                    .fromPlane = std::int64_t{level.chunkVoxels.x} * level.chunkVoxels.y,
                    .toRow = kPaddedBrick,
                    .toPlane = kPaddedSlice});
}

void repeatEdges(const LevelInfo& level, VoxelType type, const ivec3& brick, std::span<std::byte> padded) {
  assert(padded.size() == paddedBrickBytes(type));
  const std::size_t bytes = pageVoxelBytes(pageFormat(type));
  const VoxelBox whole = paddedBox(brick);
  const VoxelBox inside = insideBox(level, brick);
  if (inside.begin == whole.begin && inside.end == whole.end) return;
  const ivec3 begin(inside.begin - whole.begin);
  const ivec3 last = ivec3(inside.end - whole.begin) - 1;
  const auto at = [&](int x, int y, int z) {
    return padded.data() + (static_cast<std::size_t>(z) * kPaddedSlice + y * kPaddedBrick + x) * bytes;
  };

  // Along x within the rows that are inside, then whole rows along y, then whole planes along z.
  for (int z = begin.z; z <= last.z; ++z)
    for (int y = begin.y; y <= last.y; ++y) {
      for (int x = 0; x < begin.x; ++x) std::memcpy(at(x, y, z), at(begin.x, y, z), bytes);
      for (int x = last.x + 1; x < kPaddedBrick; ++x) std::memcpy(at(x, y, z), at(last.x, y, z), bytes);
    }
  for (int z = begin.z; z <= last.z; ++z) {
    for (int y = 0; y < begin.y; ++y) std::memcpy(at(0, y, z), at(0, begin.y, z), kPaddedBrick * bytes);
    for (int y = last.y + 1; y < kPaddedBrick; ++y) std::memcpy(at(0, y, z), at(0, last.y, z), kPaddedBrick * bytes);
  }
  for (int z = 0; z < begin.z; ++z) std::memcpy(at(0, 0, z), at(0, 0, begin.z), kPaddedSlice * bytes);
  for (int z = last.z + 1; z < kPaddedBrick; ++z) std::memcpy(at(0, 0, z), at(0, 0, last.z), kPaddedSlice * bytes);
}

}  // namespace volary
