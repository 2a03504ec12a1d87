#include "sidecar/sidecar_preview.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/grid.h"
#include "base/parallel.h"
#include "pyramid/voxel_box.h"
#include "streaming/chunk_cache.h"
#include "streaming/failure.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace volary {

namespace {

constexpr i64vec3 kMostVoxels(128, 128, 64);
constexpr std::int64_t kShareOfImage = 16;
constexpr std::int64_t kMostBytes = 256 * kMiB;

/// The preview's voxels [begin, end) along an axis, whose samples lie in one chunk of the source.
struct Run {
  std::int64_t chunk = 0;
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// Samples lie in the middle of equal parts of an axis.
struct Samples {
  std::int64_t size = 0;  ///< voxels of the source
  std::int64_t factor = 1;
  std::int64_t chunk = 1;

  std::int64_t count() const { return (size + factor - 1) / factor; }
  std::int64_t at(std::int64_t i) const { return std::min(i * factor + factor / 2, size - 1); }
  std::vector<Run> runs() const {
    std::vector<Run> runs;
    for (std::int64_t i = 0; i < count(); ++i) {
      if (runs.empty() || runs.back().chunk != at(i) / chunk) runs.push_back({at(i) / chunk, i, i});
      runs.back().end = i + 1;
    }
    return runs;
  }
};

Samples samplesAlong(const PyramidJob& job, const i64vec3& factor, int axis) {
  return {job.levels[0].sizeVoxels[axis], factor[axis], job.sourceChunk[axis]};
}

/// How many planes may be sampled. If chunks are thick, several planes cost no more than one; this is not made use of.
std::int64_t affordablePlanes(const PyramidJob& job, const i64vec3& factor) {
  const auto bytes = static_cast<std::int64_t>(voxelBytes(job.voxelType));
  const auto chunks = static_cast<std::int64_t>(samplesAlong(job, factor, 0).runs().size() *
                                                samplesAlong(job, factor, 1).runs().size());
  const std::int64_t budget =
      std::min(kMostBytes, static_cast<std::int64_t>(countCells(job.levels[0].sizeVoxels)) * bytes / kShareOfImage);
  return std::clamp<std::int64_t>(
      budget / (chunks * static_cast<std::int64_t>(countCells(i64vec3(job.sourceChunk))) * bytes), 1, kMostVoxels.z);
}

}  // namespace

LevelInfo planPreview(const PyramidJob& job) {
  const i64vec3 size = job.levels[0].sizeVoxels;
  const i64vec3 least(glm::round(job.levels.back().factor));
  i64vec3 factor = glm::max(ceilDiv(size, kMostVoxels), least);
  factor.z = std::max(least.z, (size.z + affordablePlanes(job, factor) - 1) / affordablePlanes(job, factor));
  const i64vec3 preview = ceilDiv(size, factor);
  return {.sizeVoxels = preview, .factor = dvec3(factor), .chunkVoxels = ivec3(preview), .codec = "raw"};
}

std::vector<std::byte> makePreview(Source& source, const PyramidJob& job, const LevelInfo& preview, int threads,
                                   const std::atomic<bool>& stop) {
  const i64vec3 factor(glm::round(preview.factor));
  const Samples x = samplesAlong(job, factor, 0), y = samplesAlong(job, factor, 1), z = samplesAlong(job, factor, 2);
  const std::vector<Run> runsX = x.runs(), runsY = y.runs(), runsZ = z.runs();
  const std::size_t bytes = voxelBytes(job.voxelType);
  const VoxelBox whole{.begin = i64vec3(0), .end = preview.sizeVoxels};
  std::vector<std::byte> voxels(countCells(preview.sizeVoxels) * bytes);

  LevelInfo read;
  read.chunkVoxels = job.sourceChunk;
  parallelFor(runsX.size() * runsY.size() * runsZ.size(), threads, [&](std::size_t i) {
    if (stop) throw Interrupted();
    const Run& runX = runsX[i % runsX.size()];
    const Run& runY = runsY[i / runsX.size() % runsY.size()];
    const Run& runZ = runsZ[i / runsX.size() / runsY.size()];
    const ChunkKey key{job.source, job.sourceLevel, {runX.chunk, runY.chunk, runZ.chunk}};
    try {
      const RawChunk raw = source.readChunk(key);
      if (!raw.stored) return;
      thread_local DecodeScratch scratch;
      std::vector<std::byte> decoded(decodedChunkBytes(read, job.voxelType));
      source.decodeChunk(key, raw, decoded, scratch);
      const i64vec3 begin = key.chunk * i64vec3(job.sourceChunk);
      const VoxelBox chunk{.begin = begin, .end = begin + i64vec3(job.sourceChunk)};
      for (std::int64_t pz = runZ.begin; pz < runZ.end; ++pz)
        for (std::int64_t py = runY.begin; py < runY.end; ++py)
          for (std::int64_t px = runX.begin; px < runX.end; ++px)
            std::memcpy(&voxels[indexIn(whole, {px, py, pz}) * bytes],
                        &decoded[indexIn(chunk, {x.at(px), y.at(py), z.at(pz)}) * bytes], bytes);
    } catch (...) {
      throw Error(describeFailure(
          source, fmt::format("{}, chunk {}, {}, {}", describeLevel(source, job.source, job.sourceLevel), key.chunk.x,
                              key.chunk.y, key.chunk.z)));
    }
  });
  return voxels;
}

}  // namespace volary
