#pragma once

#include "build/block_runner.h"
#include "pyramid/source.h"

#include <cstdint>
#include <optional>
#include <string>

/// Which levels a source lacks, and how they are made.
namespace volary {

/// A coarsest level with more voxels is no overview. BigDataViewer's coarsest may have as many: 256 along each axis.
inline constexpr std::uint64_t kMostOverviewVoxels = 1 << 24;

/// The levels to make from the image's coarsest one, by exact means: those that BigDataViewer's exporter proposes,
/// until an axis has at most 256 voxels. Nothing if the image's coarsest level has at most `mostVoxels` voxels.
///
/// The job's level 0 is the source's coarsest; it is read and not written. The plan depends on the source alone. Throws
/// Error if the source's metadata can't be read, or its chunks are too large to be cut into blocks.
std::optional<PyramidJob> planSidecar(Source& source, ImageId image, std::uint64_t mostVoxels = kMostOverviewVoxels);

/// Memory for the blocks in the making: enough for whole planes of most cameras.
std::uint64_t buildMemoryBytes(const PyramidJob& job);
/// The most memory that one block needs.
std::uint64_t largestBlockBytes(const PyramidJob& job);

/// The source's levels, followed by those of the job; a preview becomes the last level, of a pyramid that grows.
ImagePyramid withSidecarLevels(const ImagePyramid& native, const PyramidJob& job,
                               const std::optional<LevelInfo>& preview = std::nullopt);

/// Everything that the bytes of the levels depend on, as text.
std::string describeJob(const PyramidJob& job);

/// Bytes of the levels if nothing can be compressed.
std::uint64_t largestSidecar(const PyramidJob& job);

}  // namespace volary
