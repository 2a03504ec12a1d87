#include "sidecar/sidecar_statistics.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/grid.h"
#include "base/parallel.h"
#include "pyramid/page_voxel.h"
#include "streaming/brick_statistics.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

namespace volary {

namespace {

static_assert(sizeof(BrickStatistics) == 148 && std::is_trivially_copyable_v<BrickStatistics> &&
                  std::endian::native == std::endian::little,
              "statistics are stored as they are in memory; where that changes, so does LevelFile's version");

constexpr std::uint64_t kMostHeldBytes = 32 * kMiB;

/// The bricks whose payloads a box of voxels holds.
VoxelBox bricksOf(const VoxelBox& box) {
  constexpr std::int64_t kPayload = kBrickPayload;
  return {.begin = box.begin / kPayload, .end = ceilDiv(box.end, i64vec3(kPayload))};
}

std::size_t countOf(const i64vec3& grid) { return static_cast<std::size_t>(grid.x * grid.y * grid.z); }

/// Measures a brick as the loader would make it, but without the border, which is not measured.
BrickStatistics measureOne(const PyramidJob& job, int level, const BoxValues& voxels, const i64vec3& brick) {
  thread_local std::vector<std::byte> padded;
  const std::size_t pageBytes = pageVoxelBytes(pageFormat(job.voxelType));
  padded.resize(kPaddedBrickVoxels * pageBytes);
  const i64vec3 begin = brick * std::int64_t{kBrickPayload};
  const VoxelBox payload = intersect({.begin = begin, .end = begin + std::int64_t{kBrickPayload}}, voxels.box);
  const VoxelBox whole{.begin = begin - std::int64_t{kBrickBorder},
                       .end = begin + std::int64_t{kBrickPayload + kBrickBorder}};
  const i64vec3 size = voxels.box.size();
  convertBoxToPage(job.voxelType, voxels.bytes.data() + indexIn(voxels.box, begin) * voxelBytes(job.voxelType),
                   padded.data() + indexIn(whole, begin) * pageBytes,
                   {.size = payload.size(),
                    .fromRow = size.x,
                    .fromPlane = size.x * size.y,
                    .toRow = kPaddedBrick,
                    .toPlane = std::int64_t{kPaddedBrick} * kPaddedBrick});
  return measureBrick(job.levels[static_cast<std::size_t>(level)], job.voxelType, ivec3(brick), padded);
}

/// The statistics of the level's bricks, x fastest, from the records of their blocks. Throws Error.
std::vector<BrickStatistics> readLevel(const PyramidJob& job, const LevelFile& levels, int level) {
  const auto stage = std::ranges::find_if(job.stages, [&](const BlockStage& s) { return level <= s.lastLevel; });
  const VoxelBox all{.begin = i64vec3(0), .end = i64vec3(brickGrid(job.levels[static_cast<std::size_t>(level)]))};
  std::vector<BrickStatistics> found(countOf(all.size()));
  for (std::int64_t block = 0; block < stage->blockCount(); ++block) {
    const VoxelBox box = blockBox(job.levels, *stage, block, level);
    const VoxelBox bricks = bricksOf(box);
    const RawChunk raw = levels.read(level, statisticsName(box));
    if (raw.bytes.size() != countOf(bricks.size()) * sizeof(BrickStatistics)) return {};
    forEachRow(bricks, bricks, all, [&](std::size_t from, std::size_t to, std::size_t count) {
      std::memcpy(&found[to], raw.bytes.data() + from * sizeof(BrickStatistics), count * sizeof(BrickStatistics));
    });
  }
  return found;
}

}  // namespace

i64vec3 statisticsName(const VoxelBox& box) { return -bricksOf(box).begin - std::int64_t{1}; }

EncodedChunk measureBox(const PyramidJob& job, int level, const BoxValues& voxels, int threads) {
  const VoxelBox bricks = bricksOf(voxels.box);
  const i64vec3 grid = bricks.size();
  std::vector<BrickStatistics> found(countOf(grid));
  parallelFor(found.size(), threads, [&](std::size_t index) {
    const auto i = static_cast<std::int64_t>(index);
    found[index] = measureOne(job, level, voxels, bricks.begin + cellAt(grid, i));
  });
  const auto bytes = std::as_bytes(std::span(found));
  return {.level = level, .chunk = statisticsName(voxels.box), .bytes = {bytes.begin(), bytes.end()}};
}

LevelStatistics readStatistics(const PyramidJob& job, const LevelFile& levels) {
  LevelStatistics statistics(job.levels.size());
  std::uint64_t left = kMostHeldBytes;
  for (int level = static_cast<int>(job.levels.size()) - 1; level > 0; --level) {
    const auto index = static_cast<std::size_t>(level);
    const std::uint64_t bytes = countOf(i64vec3(brickGrid(job.levels[index]))) * sizeof(BrickStatistics);
    if (bytes > left) break;
    left -= bytes;
    try {
      statistics[index] = readLevel(job, levels, level);
    } catch (const Error&) {
      break;  // the contrast is then measured from the bricks themselves
    }
  }
  return statistics;
}

}  // namespace volary
