#include "pyramid/brick.h"

#include "pyramid/hash.h"

#include <algorithm>
#include <tuple>

namespace volary {

bool operator<(const BrickKey& a, const BrickKey& b) {
  return std::tuple(a.image, -a.level, a.brick.z, a.brick.y, a.brick.x, a.peaks) <
         std::tuple(b.image, -b.level, b.brick.z, b.brick.y, b.brick.x, b.peaks);
}

ivec3 brickGrid(const LevelInfo& level) { return ivec3(ceilDiv(level.sizeVoxels, i64vec3(kBrickPayload))); }

Box3 brickEdgeBox(const LevelInfo& level, const ivec3& brick) {
  const dvec3 begin = dvec3(brick) * double(kBrickPayload);
  const dvec3 end = glm::min(begin + double(kBrickPayload), dvec3(level.sizeVoxels));
  return {.min = begin * level.factor, .max = end * level.factor};
}

std::int64_t countVoxels(const LevelInfo& level, const ivec3& brick) {
  const i64vec3 begin = i64vec3(brick) * std::int64_t{kBrickPayload};
  const i64vec3 size = glm::min(level.sizeVoxels - begin, i64vec3(kBrickPayload));
  return size.x * size.y * size.z;
}

ChunkRange chunksOfBrick(const LevelInfo& level, const ivec3& brick) {
  const i64vec3 first = i64vec3(brick) * std::int64_t{kBrickPayload} - std::int64_t{kBrickBorder};
  const i64vec3 last = first + std::int64_t{kPaddedBrick - 1};
  const i64vec3 chunk(level.chunkVoxels);
  return {.begin = glm::max(first, i64vec3(0)) / chunk,
          .end = glm::min(last, level.sizeVoxels - std::int64_t{1}) / chunk + std::int64_t{1}};
}

}  // namespace volary

std::size_t std::hash<volary::BrickKey>::operator()(const volary::BrickKey& key) const noexcept {
  using volary::hashCombine;
  std::uint64_t h =
      hashCombine(static_cast<std::uint32_t>(key.image.setup), static_cast<std::uint32_t>(key.image.timepoint));
  h = hashCombine(h, static_cast<std::uint64_t>(key.level) | static_cast<std::uint64_t>(key.peaks) << 32);
  h = hashCombine(h, static_cast<std::uint64_t>(key.brick.x) | static_cast<std::uint64_t>(key.brick.y) << 32);
  return static_cast<std::size_t>(hashCombine(h, static_cast<std::uint64_t>(key.brick.z)));
}
