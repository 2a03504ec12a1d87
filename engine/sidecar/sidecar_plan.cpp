#include "sidecar/sidecar_plan.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/grid.h"
#include "build/level_proposal.h"
#include "pyramid/brick.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace volary {

namespace {

/// Thin along z, as files consist of planes along x and y: a block that holds whole chunks of some levels then needs
/// few planes.
constexpr ivec3 kChunk(64, 64, 16);

constexpr std::uint64_t kLeastMemory = 512 * kMiB;
constexpr std::uint64_t kMostMemory = 16 * kGiB;

/// A voxel size for proposals: what a file states may be nonsense.
dvec3 usableVoxelSize(const dvec3& size) {
  for (int axis = 0; axis < 3; ++axis)
    if (!(size[axis] > 0.0 && std::isfinite(size[axis]))) return dvec3(1.0);
  return size;
}

/// Blocks hold whole bricks of each level, so that bricks are measured while their voxels are at hand. There are as few
/// stages as the memory allows, because levels of a later stage come at the very end, when nobody waits for them any
/// more.
BlockPlanInput makeInput(const PyramidJob& job, std::uint64_t memoryBytes) {
  BlockPlanInput input = planInput(job);
  for (std::size_t i = 1; i < input.levels.size(); ++i) {
    ivec3& chunk = input.levels[i].chunkVoxels;
    for (int axis = 0; axis < 3; ++axis) chunk[axis] = std::lcm(chunk[axis], kBrickPayload);
  }
  input.memoryBytes = memoryBytes;
  input.stageCost = 1.0;
  return input;
}

/// With as little memory as suffices: a source whose chunks are whole planes needs more.
std::vector<BlockStage> planStages(const PyramidJob& job) {
  for (std::uint64_t memory = kLeastMemory;; memory *= 2) {
    try {
      return planBlocks(makeInput(job, memory));
    } catch (const Error&) {
      if (memory >= kMostMemory) throw;
    }
  }
}

}  // namespace

std::optional<PyramidJob> planSidecar(Source& source, ImageId image, std::uint64_t mostVoxels) {
  const ImagePyramid& pyramid = source.pyramid(image);
  const LevelInfo& base = pyramid.levels.back();
  if (countCells(base.sizeVoxels) <= mostVoxels) return std::nullopt;

  PyramidJob job{.source = image,
                 .sourceLevel = static_cast<int>(pyramid.levels.size()) - 1,
                 .sourceChunk = base.chunkVoxels,
                 .target = image,
                 .voxelType = pyramid.voxelType,
                 .firstWritten = 1};
  const Setup& setup = source.dataset().setups[static_cast<std::size_t>(image.setup)];
  const dvec3 voxelSize = usableVoxelSize(setup.voxelSize) * base.factor;
  for (const LevelShape& shape : proposeLevels(base.sizeVoxels, voxelSize, kZarrChunkVoxels)) {
    if (static_cast<double>(countCells(shape.factor)) > maxReduction(job.voxelType)) break;
    LevelInfo& level = job.levels.emplace_back();
    level.sizeVoxels = ceilDiv(base.sizeVoxels, shape.factor);
    level.factor = dvec3(shape.factor);
    level.chunkVoxels = job.levels.size() == 1 ? ivec3(1) : kChunk;  // the first is not written
    level.codec = "blosc";
  }
  if (job.levels.size() < 2) return std::nullopt;
  job.stages = planStages(job);
  return job;
}

std::uint64_t largestBlockBytes(const PyramidJob& job) {
  std::uint64_t largest = 0;
  for (const BlockStage& stage : job.stages) largest = std::max(largest, blockBytes(makeInput(job, 0), stage));
  return largest;
}

std::uint64_t buildMemoryBytes(const PyramidJob& job) { return std::max(kLeastMemory, largestBlockBytes(job)); }

ImagePyramid withSidecarLevels(const ImagePyramid& native, const PyramidJob& job,
                               const std::optional<LevelInfo>& preview) {
  ImagePyramid pyramid = native;
  const auto add = [&](const LevelInfo& level) {
    pyramid.levels.push_back(level);
    pyramid.levels.back().factor *= native.levels.back().factor;
  };
  for (std::size_t i = 1; i < job.levels.size(); ++i) add(job.levels[i]);
  if (preview) add(*preview);
  pyramid.growing = preview.has_value();
  return pyramid;
}

std::string describeJob(const PyramidJob& job) {
  std::string text = fmt::format("setup {} time point {} level {} type {} mean\n", job.source.setup,
                                 job.source.timepoint, job.sourceLevel, voxelTypeName(job.voxelType));
  for (const LevelInfo& level : job.levels)
    text += fmt::format("size {} {} {} factor {} {} {} chunk {} {} {}\n", level.sizeVoxels.x, level.sizeVoxels.y,
                        level.sizeVoxels.z, level.factor.x, level.factor.y, level.factor.z, level.chunkVoxels.x,
                        level.chunkVoxels.y, level.chunkVoxels.z);
  for (const BlockStage& stage : job.stages)
    text += fmt::format("stage of levels {} to {} block {} {} {} sums of {}\n", stage.firstLevel, stage.lastLevel,
                        stage.blockVoxels.x, stage.blockVoxels.y, stage.blockVoxels.z,
                        stateBytes(madeLevel(job, stage.firstLevel)));
  return text;
}

std::uint64_t largestSidecar(const PyramidJob& job) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 1; i < job.levels.size(); ++i) {
    const i64vec3 chunk(job.levels[i].chunkVoxels);
    bytes += countCells(ceilDiv(job.levels[i].sizeVoxels, chunk) * chunk) * voxelBytes(job.voxelType);
  }
  return bytes;
}

}  // namespace volary
