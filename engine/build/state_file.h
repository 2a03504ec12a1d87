#pragma once

#include "build/block_runner.h"

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

/// The states of one level that a stage of a conversion leaves on the disk for the next stage, one file for each block.
namespace volary {

/// The file appears whole or not at all. Throws Error if it can't be written.
void writeStates(const std::filesystem::path& folder, std::size_t jobIndex, std::size_t stage, std::int64_t block,
                 std::span<const std::byte> states);

/// The states of a box of the first level of stage + 1, from all files of `stage` that it touches. Throws Error if one
/// is missing or has the wrong size.
std::vector<std::byte> readStates(const std::filesystem::path& folder, std::size_t jobIndex, const PyramidJob& job,
                                  std::size_t stage, const VoxelBox& box);

}  // namespace volary
