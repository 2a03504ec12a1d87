#include "build/block_plan.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/grid.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace volary {
namespace {

// A block of this many bytes of voxels keeps a core busy for about a second, and some of them fit any budget.
constexpr std::uint64_t kTargetBytes = 16 * kMiB;
// A piece of level 0 that is read at once: large enough to be worth its calls, and small enough to stay in a core's own
// cache.
constexpr std::uint64_t kPieceBytes = 128 * kKiB;
constexpr std::int64_t kMaxSteps = 24;  // doublings of a block along an axis that are tried

MadeLevel madeLevel(const BlockPlanInput& input, int level) {
  return {.how = input.how, .voxelType = input.voxelType, .factor = levelRatio(input.levels, 0, level)};
}

// The smallest block along each axis that holds whole chunks of all levels from `first` to `last` and whole voxels of
// the one after; the whole level if that is not longer.
i64vec3 smallestBlock(const std::vector<LevelInfo>& levels, int first, int last) {
  i64vec3 block(1);
  const int end = std::min(last + 1, static_cast<int>(levels.size()) - 1);
  for (int level = first; level <= end; ++level) {
    const i64vec3 ratio = levelRatio(levels, first, level);
    for (int axis = 0; axis < 3; ++axis) {
      const std::int64_t unit = ratio[axis] * (level <= last ? levels[level].chunkVoxels[axis] : 1);
      block[axis] = std::min(std::lcm(block[axis], unit), std::int64_t{1} << 40);
    }
  }
  return glm::min(block, levels[first].sizeVoxels);
}

// The ratio of chunks of the source that are decoded along an axis, block by block, to chunks that there are.
double decodedTwice(std::int64_t begin, std::int64_t size, std::int64_t block, std::int64_t chunk) {
  std::int64_t decoded = 0;
  for (std::int64_t at = begin; at < begin + size; at += block)
    decoded += (std::min(at + block, begin + size) - 1) / chunk - at / chunk + 1;
  return static_cast<double>(decoded) / static_cast<double>((begin + size - 1) / chunk - begin / chunk + 1);
}

// A possible size of a block.
struct BlockChoice {
  BlockStage stage;
  double cost = 0.0;
};

// The cost of a block; 1 is decoding the voxels of level 0 once. It adds the decoding, the states that go to the disk
// and back (their bytes against the voxels'), and a little for blocks that leave cores idle at the end, or are many.
double costOf(const BlockPlanInput& input, const BlockStage& stage, double decoding) {
  double cost = decoding;
  const auto voxel = static_cast<double>(voxelBytes(input.voxelType));
  const double voxels = static_cast<double>(countCells(stage.blockVoxels));
  if (stage.lastLevel + 1 < static_cast<int>(input.levels.size())) {
    const i64vec3 left = ceilDiv(stage.blockVoxels, levelRatio(input.levels, stage.firstLevel, stage.lastLevel + 1));
    cost +=
        static_cast<double>(countCells(left) * stateBytes(madeLevel(input, stage.lastLevel + 1))) / (voxels * voxel);
    cost += input.stageCost;
  }
  const double doublings = std::log2(voxels * voxel / static_cast<double>(kTargetBytes));
  return cost + (doublings > 0.0 ? 0.05 * doublings : -0.01 * doublings);
}

bool better(const BlockChoice& a, const BlockChoice& b) {
  // If all else is equal, the nearest to a cube: it has the least surface.
  const auto longest = [](const i64vec3& size) { return std::max({size.x, size.y, size.z}); };
  if (std::abs(a.cost - b.cost) > 1e-6) return a.cost < b.cost;
  return longest(a.stage.blockVoxels) < longest(b.stage.blockVoxels);
}

// All sizes of a block along an axis: the smallest, doubled up to the whole level.
std::vector<std::int64_t> sizesAlong(std::int64_t smallest, std::int64_t whole) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t size = smallest; size < whole && static_cast<std::int64_t>(sizes.size()) < kMaxSteps; size *= 2)
    sizes.push_back(size);
  sizes.push_back(whole);
  return sizes;
}

std::optional<BlockChoice> findBestBlock(const BlockPlanInput& input, int first) {
  std::optional<BlockChoice> best;
  const i64vec3 whole = input.levels[first].sizeVoxels;
  for (int last = first; last < static_cast<int>(input.levels.size()); ++last) {
    const i64vec3 smallest = smallestBlock(input.levels, first, last);
    std::array<std::vector<std::pair<std::int64_t, double>>, 3> along;
    for (int axis = 0; axis < 3; ++axis)
      for (const std::int64_t size : sizesAlong(smallest[axis], whole[axis]))
        along[axis].emplace_back(
            size, first > 0 ? 1.0 : decodedTwice(input.sourceBegin[axis], whole[axis], size, input.sourceChunk[axis]));
    for (const auto& [x, decodingX] : along[0])
      for (const auto& [y, decodingY] : along[1])
        for (const auto& [z, decodingZ] : along[2]) {
          const i64vec3 block(x, y, z);
          BlockChoice choice{
              .stage = {.firstLevel = first, .lastLevel = last, .blockVoxels = block, .grid = ceilDiv(whole, block)}};
          if (blockBytes(input, choice.stage) > input.memoryBytes) continue;
          choice.cost = costOf(input, choice.stage, decodingX * decodingY * decodingZ);
          if (!best || better(choice, *best)) best = choice;
        }
  }
  return best;
}

}  // namespace

i64vec3 levelRatio(const std::vector<LevelInfo>& levels, int base, int level) {
  return i64vec3(glm::round(levels[level].factor / levels[base].factor));
}

VoxelBox blockBox(const std::vector<LevelInfo>& levels, const BlockStage& stage, std::int64_t block, int level) {
  const i64vec3 begin = stage.blockAt(block) * stage.blockVoxels;
  const i64vec3 end = glm::min(begin + stage.blockVoxels, levels[stage.firstLevel].sizeVoxels);
  return coarserBox({.begin = begin, .end = end}, levelRatio(levels, stage.firstLevel, level));
}

i64vec3 planPiece(const BlockPlanInput& input, const BlockStage& stage) {
  const i64vec3 ratio = levelRatio(input.levels, 0, 1);
  i64vec3 piece;
  for (int axis = 0; axis < 3; ++axis)
    piece[axis] = std::min(std::lcm(ratio[axis], std::int64_t{input.sourceChunk[axis]}), stage.blockVoxels[axis]);
  // Rows first: a row is worked on at once.
  for (int axis = 0; axis < 3; ++axis)
    while (piece[axis] < stage.blockVoxels[axis] && 2 * countCells(piece) * voxelBytes(input.voxelType) <= kPieceBytes)
      piece[axis] *= 2;
  return piece;
}

std::uint64_t blockBytes(const BlockPlanInput& input, const BlockStage& stage) {
  const std::uint64_t voxel = voxelBytes(input.voxelType);
  const auto levelCount = static_cast<int>(input.levels.size());
  // The first level's voxels and states are in memory together, and so are the states of two levels. Encoded chunks
  // stay until all are encoded, and may be as large as what they were made from.
  std::uint64_t bytes = 0;
  for (int level = stage.firstLevel; level <= std::min(stage.lastLevel + 1, levelCount - 1); ++level) {
    const std::uint64_t voxels =
        countCells(ceilDiv(stage.blockVoxels, levelRatio(input.levels, stage.firstLevel, level)));
    if (level >= input.firstWritten) bytes += voxels * 2 * voxel;
    if (level > 0) bytes += voxels * stateBytes(madeLevel(input, level));
  }
  // A chunk of the source as it is read, and decoded.
  if (stage.firstLevel == 0) bytes += 2 * countCells(i64vec3(input.sourceChunk)) * voxel;
  if (stage.firstLevel < input.firstWritten) bytes += countCells(planPiece(input, stage)) * voxel;
  return bytes;
}

std::vector<BlockStage> planBlocks(const BlockPlanInput& input) {
  std::vector<BlockStage> stages;
  for (int first = 0; first < static_cast<int>(input.levels.size()); first = stages.back().lastLevel + 1) {
    const std::optional<BlockChoice> best = findBestBlock(input, first);
    if (!best) {
      BlockStage least{
          .firstLevel = first, .lastLevel = first, .blockVoxels = smallestBlock(input.levels, first, first)};
      fail("{} of memory are too few for chunks of this shape; {} would do", formatBytes(input.memoryBytes),
           formatBytes(blockBytes(input, least)));
    }
    stages.push_back(best->stage);
  }
  return stages;
}

}  // namespace volary
