#pragma once

#include "build/block_plan.h"
#include "build/source_box.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <span>
#include <vector>

/// Makes the levels of images block by block, on all cores, in bounded memory.
namespace volary {

/// One image to make.
struct PyramidJob {
  ImageId source;  ///< whose voxels are read
  int sourceLevel = 0;
  i64vec3 sourceBegin{0};  ///< in that level's grid: voxel 0 of level 0
  ivec3 sourceChunk{1};
  ImageId target;  ///< indices into the output's Dataset
  VoxelType voxelType = VoxelType::uint16;
  Downsampling how = Downsampling::mean;
  int firstWritten = 0;            ///< 1: the sink does not get level 0
  std::vector<LevelInfo> levels;   ///< factors against level 0; chunkVoxels is what is encoded as one
  std::vector<ivec3> innerChunks;  ///< by level: the chunks of a shard, if chunkVoxels is a shard; else empty
  std::vector<BlockStage> stages;
};

/// A level of a job, as downsampling knows it.
MadeLevel madeLevel(const PyramidJob& job, int level);
/// The part of a job that its blocks depend on.
BlockPlanInput planInput(const PyramidJob& job);

struct BlockTask {
  std::size_t job = 0;  ///< index into the jobs
  std::size_t stage = 0;
  std::int64_t block = 0;
};

/// A chunk as it will be stored.
struct EncodedChunk {
  int level = 0;
  i64vec3 chunk{0};
  std::vector<std::byte> bytes;
  std::uint32_t filterMask = 0;  ///< for an HDF5 file: see EncodedBdvChunk
};

/// Takes the voxels of finished blocks.
class BlockSink {
 public:
  enum class Order { any, asListed };

  BlockSink() = default;
  virtual ~BlockSink() = default;
  BlockSink(const BlockSink&) = delete;
  BlockSink& operator=(const BlockSink&) = delete;

  /// asListed: finish() is called for one task at a time, in the order of the list.
  virtual Order order() const = 0;
  /// Takes the voxels of one level of a block, x fastest, and may return chunks for finish(). Any thread.
  virtual std::vector<EncodedChunk> take(const PyramidJob& job, int level, const VoxelBox& box,
                                         std::span<const std::byte> voxels, int threads) = 0;
  /// Takes all chunks of a block.
  virtual void finish(const PyramidJob& job, const BlockTask& task, std::span<const EncodedChunk> chunks) = 0;
};

struct BlockRunOptions {
  std::filesystem::path sumsFolder;  ///< where stages leave states for the next; must exist if a job has two stages
  std::uint64_t memoryBytes = 0;
  int threads = 1;
  const std::atomic<bool>* stop = nullptr;      ///< true: begin nothing more, throw Interrupted
  std::function<void(std::uint64_t)> progress;  ///< bytes of level 0 that were read; any thread
  /// Chooses the task to begin next and returns its index. The tasks are of the first stage of one job, in the list's
  /// order. Absent = the first one. Called by one thread at a time; only for a sink that takes blocks in any order.
  std::function<std::size_t(std::span<const BlockTask>)> choose;
};

/// Thrown if somebody asked to stop.
class Interrupted : public std::exception {
 public:
  const char* what() const noexcept override { return "interrupted"; }
};

/// Runs the tasks, in the order of the list unless options.choose has another. A task of a later stage waits for all
/// tasks that are listed before the first one of its stage and job. States that none of the tasks writes must be there
/// already. Throws the first failure, and Interrupted.
void runBlocks(SourceBoxReader& reader, std::span<const PyramidJob> jobs, std::span<const BlockTask> tasks,
               BlockSink& sink, const BlockRunOptions& options);

/// One chunk of a level, cut from `voxels`, which hold `box`; zero beyond the box. The memory is this thread's, and
/// valid until it calls again.
std::span<const std::byte> cutChunk(std::span<const std::byte> voxels, const VoxelBox& box, std::size_t voxelBytes,
                                    const ivec3& chunkVoxels, const i64vec3& chunk);

/// The chunks that `box` holds.
std::vector<i64vec3> chunksIn(const VoxelBox& box, const ivec3& chunkVoxels);

}  // namespace volary
