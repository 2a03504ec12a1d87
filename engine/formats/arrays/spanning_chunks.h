#pragma once

#include "formats/arrays/stored_array.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>

namespace volary::arrays {

/// Decoded chunks that hold voxels of several images (channels or times stored together), so that showing all channels
/// decodes a chunk once. Holds the last ones used, at most kMaxBytes and always one. Any thread.
class SpanningChunks {
 public:
  using Voxels = std::shared_ptr<const std::byte[]>;

  /// Null if it is not held.
  Voxels find(const StoredArray& array, const Extents& chunk);
  void hold(const StoredArray& array, const Extents& chunk, Voxels voxels, std::size_t bytes);

 private:
  struct Held {
    const StoredArray* array;
    Extents chunk;
    Voxels voxels;
    std::size_t bytes;
  };
  static constexpr std::size_t kMaxBytes = std::size_t{256} << 20;

  std::list<Held>::iterator findHeld(const StoredArray& array, const Extents& chunk);

  std::mutex mutex_;
  std::list<Held> held_;  ///< the last used first
  std::size_t heldBytes_ = 0;
};

}  // namespace volary::arrays
