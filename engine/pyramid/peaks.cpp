#include "pyramid/peaks.h"

#include <algorithm>
#include <cmath>

namespace volary {

namespace {

/// In voxels: far above the rounding of a quotient of factors.
constexpr double kPeakTolerance = 1e-6;

/// The most chunks that any brick needs.
double countChunks(const dvec3& ratio, const LevelInfo& finer) {
  const dvec3 voxels = glm::min((kPaddedBrick + 2.0) * ratio, dvec3(finer.sizeVoxels));
  const dvec3 chunks = glm::ceil(voxels / dvec3(finer.chunkVoxels)) + 1.0;
  return chunks.x * chunks.y * chunks.z;
}

}  // namespace

int findPeaks(const ImagePyramid& pyramid, int level, int peakLevels) {
  const LevelInfo& coarse = pyramid.levels[static_cast<std::size_t>(level)];
  int found = 0;
  for (int peaks = 1; peaks <= level; ++peaks) {
    const LevelInfo& finer = pyramid.levels[static_cast<std::size_t>(level - peaks)];
    const dvec3 ratio = coarse.factor / finer.factor;
    const bool isFiner = glm::all(glm::greaterThan(ratio, dvec3(1.0 - 1e-9)));
    if (isFiner && ratio.x * ratio.y * ratio.z < std::exp2(3 * peakLevels) * (1.0 + 1e-9) &&
        countChunks(ratio, finer) <= double(kMostPeakChunks))
      found = peaks;
  }
  return found;
}

VoxelSpan finerVoxels(const LevelInfo& level, const LevelInfo& finer, int axis, std::int64_t at) {
  const double ratio = level.factor[axis] / finer.factor[axis];
  const double centre = (static_cast<double>(at) + 0.5) * ratio;  // in the finer level's edge space
  const double ahead = at == level.sizeVoxels[axis] - 1 ? 2.0 * ratio : ratio;
  const auto begin = static_cast<std::int64_t>(std::floor(centre - ratio - 0.5 + kPeakTolerance)) + 1;
  const auto end = static_cast<std::int64_t>(std::ceil(centre + ahead - 0.5 - kPeakTolerance));
  const std::int64_t size = finer.sizeVoxels[axis];
  const std::int64_t first = std::clamp<std::int64_t>(begin, 0, size - 1);
  return {.begin = first, .end = std::clamp(end, first + 1, size)};
}

ChunkRange chunksOfPeaks(const LevelInfo& level, const LevelInfo& finer, const ivec3& brick) {
  ChunkRange range;
  for (int axis = 0; axis < 3; ++axis) {
    const std::int64_t first = std::int64_t{brick[axis]} * kBrickPayload - kBrickBorder;
    const std::int64_t last = std::min(first + kPaddedBrick, level.sizeVoxels[axis]) - 1;
    range.begin[axis] =
        finerVoxels(level, finer, axis, std::max<std::int64_t>(first, 0)).begin / finer.chunkVoxels[axis];
    range.end[axis] = (finerVoxels(level, finer, axis, last).end - 1) / finer.chunkVoxels[axis] + 1;
  }
  return range;
}

}  // namespace volary
