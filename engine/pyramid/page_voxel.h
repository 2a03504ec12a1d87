#pragma once

#include "base/geometry.h"
#include "pyramid/voxel_type.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// The form of voxels in the page cache. 8- and 16-bit integers keep every bit (signed ones are shifted to unsigned);
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

/// Page voxels in a wider format, for images of several voxel types in one page cache: a sampler returns the same
/// texels.
std::vector<std::byte> widenPage(std::span<const std::byte> voxels, PageFormat from, PageFormat to);

/// A box of voxels that lies in two arrays, each x fastest.
struct BoxInArrays {
  i64vec3 size{0};
  std::int64_t fromRow = 0;    ///< length in voxels of a row of the array that it is taken from
  std::int64_t fromPlane = 0;  ///< ... and of a plane
  std::int64_t toRow = 0;
  std::int64_t toPlane = 0;
};

/// The same for a box, with its first voxel at `from` and at `to`. `from` null: all voxels are zero.
void convertBoxToPage(VoxelType type, const std::byte* from, std::byte* to, const BoxInArrays& box);

}  // namespace volary
