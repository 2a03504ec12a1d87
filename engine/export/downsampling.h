#pragma once

#include "pyramid/voxel_type.h"
#include "streaming/voxel_box.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

/// How the voxels of a coarser level come from finer ones.
///
/// A coarse voxel stands for the voxels of level 0 in its box of `factor` voxels, cut at the image's end: voxels that do
/// not exist count for nothing.
///
/// - mean: of all voxels of level 0 in the box, exactly: the sum goes from level to level, rounded nowhere on the way.
///   Integers are rounded half up, floor(sum / count + 1/2); floating point sums are taken in double precision.
/// - max: of the voxels of level 0. A NaN wins.
/// - mode: the value that most voxels *of the level before* have, the smallest of those that tie. For labels.
///
/// What goes from level to level is a *state* a voxel: the sum, or the voxel itself.
namespace volary {

enum class Downsampling { mean, max, mode };

std::string_view downsamplingName(Downsampling how);
std::optional<Downsampling> findDownsampling(std::string_view name);

std::size_t stateBytes(Downsampling how, VoxelType type);

/// The voxels of the coarser level that the voxels of `fine` belong to. `fine` begins at a multiple of `ratio`, and ends
/// at one or at the level's end.
VoxelBox coarserBox(const VoxelBox& fine, const i64vec3& ratio);

/// The states of coarserBox(fine, ratio) from the voxels of `fine`, x fastest. Planes on `threads` threads; what comes out
/// does not depend on how many.
std::vector<std::byte> reduceVoxels(Downsampling how, VoxelType type, std::span<const std::byte> voxels, const VoxelBox& fine,
                                    const i64vec3& ratio, int threads);

/// The same from states.
std::vector<std::byte> reduceStates(Downsampling how, VoxelType type, std::span<const std::byte> states, const VoxelBox& fine,
                                    const i64vec3& ratio, int threads);

/// The voxels of `box`, of a level with `factor` against a level 0 of `fullSize` voxels, from their states.
std::vector<std::byte> finishVoxels(Downsampling how, VoxelType type, std::span<const std::byte> states, const VoxelBox& box,
                                    const i64vec3& factor, const i64vec3& fullSize, int threads);

/// The most voxels of level 0 that one voxel may stand for, so that their sum is exact.
double maxReduction(VoxelType type);

}  // namespace volary
