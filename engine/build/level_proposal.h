#pragma once

#include "base/geometry.h"

#include <cstdint>
#include <vector>

namespace volary {

/// One level to write: its downsampling factor against level 0, and the shape of its chunks.
struct LevelShape {
  i64vec3 factor{1};
  ivec3 chunkVoxels{16};
  bool operator==(const LevelShape&) const = default;
};

/// The most voxels of a chunk: BigDataViewer's, and ours for OME-Zarr, where each chunk is a file.
inline constexpr std::int64_t kBdvChunkVoxels = 16 * 16 * 16;
inline constexpr std::int64_t kZarrChunkVoxels = 64 * 64 * 64;

/// The box that is nearest to a cube in space, with the most voxels up to `maxVoxels` and edges that are powers of two.
/// Edges are doubled one by one, always the shortest so far; in a tie, x comes before y and y before z.
/// 4096 voxels: 16 x 16 x 16 where voxels are cubes, 32 x 32 x 4 where they are five times as long along z.
/// Source: bigdataviewer-core, ProposeMipmaps.suggestPoTBlockSize.
ivec3 proposeChunk(const dvec3& voxelSize, std::int64_t maxVoxels);

/// The levels that BigDataViewer's exporter proposes: each doubles the axes whose voxels are at most twice as long as
/// the shortest, until no axis has more than 256 voxels (the size divided by the factor, rounded down); chunks as
/// proposeChunk() has them for the level's own voxel size. Source: bigdataviewer-core, ProposeMipmaps.
std::vector<LevelShape> proposeLevels(const i64vec3& sizeVoxels, const dvec3& voxelSize, std::int64_t maxChunkVoxels);

}  // namespace volary
