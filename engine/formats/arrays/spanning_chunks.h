#pragma once

#include "base/recently_used.h"
#include "formats/arrays/stored_array.h"

#include <cstddef>
#include <utility>

namespace volary::arrays {

/// A chunk of an array, which is told from others by its address.
using SpanningKey = std::pair<const StoredArray*, Extents>;

/// Decoded chunks that hold voxels of several images (channels or times stored together), so that showing all channels
/// decodes a chunk once.
class SpanningChunks : public RecentlyUsed<SpanningKey, const std::byte[]> {
 public:
  // Many small chunks would make the search slow.
  SpanningChunks() : RecentlyUsed(256, std::uint64_t{256} << 20) {}
};

}  // namespace volary::arrays
