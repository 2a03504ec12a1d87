#pragma once

#include "base/grid.h"
#include "build/downsampling.h"
#include "pyramid/dataset.h"

#include <cstdint>
#include <vector>

/// How a pyramid is cut into blocks that are made one by one, each in bounded memory.
///
/// A *stage* makes some consecutive levels. Its blocks lie on the grid of its first level; a block holds whole chunks
/// of each of the stage's levels, so that each chunk is written once, by one block. The first stage reads voxels of the
/// source; its blocks also leave the states of the next coarser level behind, from which the next stage goes on. Each
/// voxel is read once, and all levels are made from that.
namespace volary {

struct BlockStage {
  int firstLevel = 0;
  int lastLevel = 0;  ///< inclusive; the states of the level after it, if there is one, are left for the next stage
  i64vec3 blockVoxels{0};  ///< of firstLevel; at most as long as the level
  i64vec3 grid{0};

  std::int64_t blockCount() const { return grid.x * grid.y * grid.z; }
  i64vec3 blockAt(std::int64_t index) const { return cellAt(grid, index); }
};

/// Everything that the plan depends on.
struct BlockPlanInput {
  std::vector<LevelInfo> levels;  ///< to write; factors are whole numbers, each a multiple of the one before
  int firstWritten = 0;           ///< 1: level 0 is read but not written, nor kept whole
  VoxelType voxelType = VoxelType::uint16;
  Downsampling how = Downsampling::mean;
  ivec3 sourceChunk{1};           ///< shape of the chunks that level 0 is read from
  i64vec3 sourceBegin{0};         ///< where level 0 begins in the source's grid
  std::uint64_t memoryBytes = 0;  ///< for all blocks that are in the making at once
  double stageCost = 0.0;         ///< cost of one more stage, in decodings of level 0: the stage's levels come last
};

/// The stages, so that no block needs more than `memoryBytes`. As few chunks of the source as possible are decoded more
/// than once: blocks grow to whole chunks of the source, up to whole planes. The number of threads plays no part, so
/// that the output does not depend on it. Throws Error if the memory does not suffice for a block.
std::vector<BlockStage> planBlocks(const BlockPlanInput& input);

/// The box of a block in voxels of `level`, which is one of the stage's or the one after its last.
VoxelBox blockBox(const std::vector<LevelInfo>& levels, const BlockStage& stage, std::int64_t block, int level);

/// The most that a block of this stage needs while it is made.
std::uint64_t blockBytes(const BlockPlanInput& input, const BlockStage& stage);

/// If level 0 is not written, it is read piece by piece. A piece has whole voxels of the next level and, if possible,
/// whole chunks of the source, and stays in a core's cache. Pieces lie on a grid of this size from voxel 0 on.
i64vec3 planPiece(const BlockPlanInput& input, const BlockStage& stage);

/// factor(level) / factor(base), by axis.
i64vec3 levelRatio(const std::vector<LevelInfo>& levels, int base, int level);

}  // namespace volary
