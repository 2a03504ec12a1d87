#pragma once

#include "pyramid/voxel_type.h"

#include <cstddef>
#include <cstdint>
#include <span>

/// How voxels stand in the page cache. 8- and 16-bit integers keep every bit (signed ones are shifted to unsigned);
/// everything wider becomes float32, exact up to 2^24.
namespace volary {

enum class PageFormat : std::uint8_t { r8, r16, r32f };

PageFormat pageFormat(VoxelType type);
std::size_t pageVoxelBytes(PageFormat format);

/// value = scale * texel + offset, where `texel` is what a sampler returns (r8 and r16 are normalised to [0, 1]).
struct TexelScale {
  double scale = 1.0;
  double offset = 0.0;
};
TexelScale valueFromTexel(VoxelType type);

/// Converts `count` voxels at `from` (native byte order, no alignment needed) to page voxels at `to`.
void convertToPage(VoxelType type, const std::byte* from, std::byte* to, std::size_t count);

}  // namespace volary
