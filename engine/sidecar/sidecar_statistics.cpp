#include "sidecar/sidecar_statistics.h"

#include "base/bytes.h"
#include "base/error.h"
#include "codecs/blosc.h"
#include "streaming/loader.h"

#include <bit>
#include <chrono>
#include <cstring>
#include <type_traits>

namespace volary {

namespace {

static_assert(sizeof(BrickStatistics) == 148 && std::is_trivially_copyable_v<BrickStatistics> &&
                  std::endian::native == std::endian::little,
              "statistics are stored as they are in memory; where that changes, so does LevelFile's version");

constexpr std::uint64_t kMostHeldBytes = 32 * kMiB;
/// More than one brick for each worker, less than the chunks of all levels.
constexpr std::uint64_t kCacheBytes = 48 * kMiB;

/// The name of the record that holds a layer of bricks, x fastest: no chunk has it.
i64vec3 layerName(int z) { return {-1, -1, z}; }

/// The levels of a job as a source of their own, level 0 of which can't be read.
class LevelSource final : public Source {
 public:
  LevelSource(const Source& named, const PyramidJob& job, const LevelFile& levels)
      : named_(named), levels_(levels), pyramid_{.voxelType = job.voxelType, .levels = job.levels} {}

  const Dataset& dataset() const override { return named_.dataset(); }
  const ImagePyramid& pyramid(ImageId) override { return pyramid_; }
  std::uint64_t countBytesStored(ImageId, int level) override { return levels_.bytesOf(level); }
  RawChunk readChunk(const ChunkKey& key) override { return levels_.read(key.level, key.chunk); }
  void decodeChunk(const ChunkKey&, const RawView& raw, std::span<std::byte> voxels, DecodeScratch&) override {
    if (decompressBloscUpTo(raw.bytes, voxels) != voxels.size()) fail("a chunk is shorter than it should be");
  }

 private:
  const Source& named_;
  const LevelFile& levels_;
  const ImagePyramid pyramid_;
};

std::size_t indexOf(const ivec3& grid, const ivec3& brick) {
  return (std::size_t(brick.z) * std::size_t(grid.y) + std::size_t(brick.y)) * std::size_t(grid.x) + std::size_t(brick.x);
}

/// The level's bricks, x fastest.
std::vector<BrickStatistics> measureLevel(Source& source, const PyramidJob& job, int level, int threads,
                                          const std::atomic<bool>& stop) {
  const ivec3 grid = brickGrid(job.levels[std::size_t(level)]);
  std::vector<BrickKey> bricks;
  ivec3 b;
  for (b.z = 0; b.z < grid.z; ++b.z)
    for (b.y = 0; b.y < grid.y; ++b.y)
      for (b.x = 0; b.x < grid.x; ++b.x) bricks.push_back({.image = job.source, .level = level, .brick = b});

  std::vector<BrickStatistics> found(bricks.size());
  Loader loader(source, {.threads = threads, .hostCacheBytes = kCacheBytes, .storedBytes = kCacheBytes / 4, .niceness = 0});
  std::size_t left = bricks.size();
  loader.replaceRequests(std::move(bricks));
  while (left > 0) {
    if (stop) throw Interrupted();
    loader.waitForFinished(std::chrono::milliseconds(100));
    for (LoadedBrick& brick : loader.takeFinished(left)) {
      if (!brick.error.empty()) throw Error(brick.error);
      found[indexOf(grid, brick.key.brick)] = brick.statistics;
      loader.reuse(std::move(brick.voxels));
      --left;
    }
  }
  return found;
}

std::vector<BrickStatistics> readLevel(const LevelFile& levels, const ivec3& grid, int level) {
  const std::size_t layer = std::size_t(grid.x) * std::size_t(grid.y);
  std::vector<BrickStatistics> found(layer * std::size_t(grid.z));
  for (int z = 0; z < grid.z; ++z) {
    const RawChunk raw = levels.read(level, layerName(z));
    if (raw.bytes.size() != layer * sizeof(BrickStatistics)) return {};
    std::memcpy(&found[layer * std::size_t(z)], raw.bytes.data(), raw.bytes.size());
  }
  return found;
}

}  // namespace

void appendStatistics(const Source& source, const PyramidJob& job, LevelFile& levels, int threads, const std::atomic<bool>& stop) {
  LevelSource levelSource(source, job, levels);
  for (int level = 1; level < static_cast<int>(job.levels.size()); ++level) {
    const ivec3 grid = brickGrid(job.levels[std::size_t(level)]);
    if (levels.holds(level, layerName(grid.z - 1))) continue;
    const std::vector<BrickStatistics> found = measureLevel(levelSource, job, level, threads, stop);
    std::vector<EncodedChunk> layers;
    for (int z = 0; z < grid.z; ++z) {
      const auto layer = std::as_bytes(std::span(found)).subspan(indexOf(grid, {0, 0, z}) * sizeof(BrickStatistics),
                                                                 indexOf(grid, {0, 0, 1}) * sizeof(BrickStatistics));
      layers.push_back({level, layerName(z), {layer.begin(), layer.end()}});
    }
    levels.append(layers);
  }
}

LevelStatistics readStatistics(const PyramidJob& job, const LevelFile& levels) {
  LevelStatistics statistics(job.levels.size());
  std::uint64_t left = kMostHeldBytes;
  for (std::size_t level = job.levels.size() - 1; level > 0; --level) {
    const ivec3 grid = brickGrid(job.levels[level]);
    const std::uint64_t bytes = indexOf(grid, {0, 0, grid.z}) * sizeof(BrickStatistics);
    if (bytes > left) break;
    left -= bytes;
    try {
      statistics[level] = readLevel(levels, grid, static_cast<int>(level));
    } catch (const Error&) {
      break;   // the picture then learns from its bricks
    }
  }
  return statistics;
}

}  // namespace volary
