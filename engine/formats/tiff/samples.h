#pragma once

#include "formats/tiff/page.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace volary::tiff {

/// Turns numbers as they lie in an uncompressed segment of a file into what decodeSegment gives: native byte order,
/// bits from the highest. In place.
void makeNative(const PageFormat& format, ByteOrder byteOrder, std::span<std::byte> rows);

/// Copies one sample of `count` pixels of a row, from pixel `first` on, to `out` as voxels of *format.voxelType. `row`
/// is a segment's row in native byte order; `sample` counts the samples that lie together.
void takeSample(const PageFormat& format, std::span<const std::byte> row, std::int64_t first, std::int64_t count,
                int sample, std::span<std::byte> out);

}  // namespace volary::tiff
