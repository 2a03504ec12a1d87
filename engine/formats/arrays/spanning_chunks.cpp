#include "formats/arrays/spanning_chunks.h"

#include <algorithm>
#include <utility>

namespace volary::arrays {

std::list<SpanningChunks::Held>::iterator SpanningChunks::findHeld(const StoredArray& array, const Extents& chunk) {
  return std::ranges::find_if(held_, [&](const Held& held) { return held.array == &array && held.chunk == chunk; });
}

SpanningChunks::Voxels SpanningChunks::find(const StoredArray& array, const Extents& chunk) {
  const std::lock_guard lock(mutex_);
  const auto found = findHeld(array, chunk);
  if (found == held_.end()) return nullptr;
  held_.splice(held_.begin(), held_, found);
  return found->voxels;
}

void SpanningChunks::hold(const StoredArray& array, const Extents& chunk, Voxels voxels, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (findHeld(array, chunk) != held_.end()) return;
  held_.push_front({&array, chunk, std::move(voxels), bytes});
  heldBytes_ += bytes;
  // Small chunks would make the list long and the search slow.
  constexpr std::size_t kMaxChunks = 256;
  while (held_.size() > 1 && (heldBytes_ > kMaxBytes || held_.size() > kMaxChunks)) {
    heldBytes_ -= held_.back().bytes;
    held_.pop_back();
  }
}

}  // namespace volary::arrays
