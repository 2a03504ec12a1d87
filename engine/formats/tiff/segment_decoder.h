#pragma once

#include "formats/tiff/file.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace volary::tiff {

struct PageFormat;

/// True if this build's libtiff can decode segments of that compression by themselves.
bool canDecode(std::uint16_t compression);

/// Decodes one segment of a page, `rows` rows of format.segmentRowBytes() bytes each, into `rows`, in native byte
/// order.
///
/// `stored` holds the segment's bytes as they lie in a file of that byte order. Any thread. Throws Error, libtiff's own
/// words, if they are damaged; the file's name is for the caller to add.
void decodeSegment(const PageFormat& format, ByteOrder byteOrder, std::int64_t rowCount,
                   std::span<const std::byte> stored, std::span<std::byte> rows);

}  // namespace volary::tiff
