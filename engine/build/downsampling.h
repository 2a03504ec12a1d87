#pragma once

#include "pyramid/voxel_box.h"
#include "pyramid/voxel_type.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

/// How the voxels of a coarser level come from finer ones.
///
/// A coarse voxel stands for the voxels of level 0 in its box of `factor` voxels, cut at the image's end: voxels
/// outside of the image don't count.
///
/// - mean: the exact mean of all voxels of level 0 in the box: the sum goes from level to level, rounded nowhere on the
///   way. Integers are rounded half up, floor(sum / count + 1/2); floating point sums are taken in double precision.
/// - max: the maximum of the voxels of level 0. A NaN wins.
/// - mode: the value that most voxels *of the level before* have, the smallest of those that tie. For labels.
///
/// A *state* for each voxel goes from level to level: the sum, or the voxel itself. A sum has as few bytes as it needs:
/// twice a voxel's for voxels of 8 or 16 bit while that suffices, else eight, or sixteen for voxels of 64 bit.
namespace volary {

enum class Downsampling { mean, max, mode };

std::string_view downsamplingName(Downsampling how);
std::optional<Downsampling> findDownsampling(std::string_view name);

/// A level that is made. All its states are of one kind.
struct MadeLevel {
  Downsampling how = Downsampling::mean;
  VoxelType voxelType = VoxelType::uint16;
  i64vec3 factor{1};  ///< against level 0
};

std::size_t stateBytes(const MadeLevel& level);

/// The voxels of the coarser level that the voxels of `fine` belong to. `fine` begins at a multiple of `ratio`, and
/// ends at one or at the level's end.
VoxelBox coarserBox(const VoxelBox& fine, const i64vec3& ratio);

/// Values of a box of a level, x fastest.
struct BoxValues {
  std::span<const std::byte> bytes;
  VoxelBox box;
};
struct WritableBoxValues {
  std::span<std::byte> bytes;
  VoxelBox box;
};

/// Writes the states of `coarse` that come from these voxels of level 0, which are coarserBox(voxels.box,
/// coarse.factor), to their places in `states`, whose box may be larger. Planes are shared among `threads` threads; the
/// result does not depend on how many.
void reduceVoxels(const MadeLevel& coarse, const BoxValues& voxels, const WritableBoxValues& states, int threads);

/// The same from states of `fine`, for the level that is coarser by `ratio`.
void reduceStates(const MadeLevel& fine, const BoxValues& fineStates, const i64vec3& ratio,
                  const WritableBoxValues& states, int threads);

/// Writes the voxels of a level to `voxels`, from their states. Level 0 has `fullSize` voxels.
void finishVoxels(const MadeLevel& level, const BoxValues& states, const i64vec3& fullSize, std::span<std::byte> voxels,
                  int threads);

/// The most voxels of level 0 that one voxel may stand for, so that their sum is exact.
double maxReduction(VoxelType type);

}  // namespace volary
