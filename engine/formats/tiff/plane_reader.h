#pragma once

#include "base/geometry.h"
#include "formats/tiff/page_list.h"
#include "pyramid/source.h"
#include "storage/store.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace volary::tiff {

/// A rectangle of one plane, in pixels: the part of it that one chunk holds.
struct PlanePart {
  const Page& page;
  std::int64_t slice = 0;  ///< of a page that holds several planes
  int sample = 0;
  std::int64_t x = 0, y = 0, width = 0, height = 0;
};

/// The shape that the chunks of a page's planes should have: strips and tiles as they are, small ones in groups, and
/// bands of rows of planes without compression. Throws Error, without a file's name, if they would be absurdly large.
ivec3 planChunk(const PageFormat& format);

/// Reads what a part is made of: whole segments, or only the part's rows if nothing is compressed. Any thread. Throws
/// Error.
RawChunk readPart(PageList& pages, const PlanePart& part);

/// Where the part stands, if it is one range of bytes whose pieces can be told apart without further information. Its
/// bytes are what decodePart() takes with `filterMask` kOneRange. Nothing for any other part, and where readPart()
/// would throw.
std::optional<ByteRange> findRange(PageList& pages, const PlanePart& part);
inline constexpr std::uint32_t kOneRange = 1;

/// Decodes the part into `voxels`: part.width x part.height voxels of *format.voxelType, x fastest. Any thread. Throws
/// Error.
void decodePart(PageList& pages, const PlanePart& part, const RawView& raw, std::span<std::byte> voxels,
                DecodeScratch& scratch);

/// The stored bytes of one plane; of all its samples, if these lie together.
std::uint64_t countPlaneBytes(PageList& pages, const Page& page, std::int64_t slice, int sample);

}  // namespace volary::tiff
