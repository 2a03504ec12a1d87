#pragma once

#include "codecs/scale_offset.h"
#include "formats/hdf5_image/hdf5_types.h"
#include "pyramid/source.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace volary {

/// Turns a chunk as stored into voxels: undoes HDF5's filters outside the library, and so on any number of threads.
/// Immutable; any thread.
class FilterChain {
 public:
  /// `chunkBytes` is the size of a decoded chunk. Throws Error (without the file's name) for a filter that Volary does
  /// not know, naming its id, or whose parameters are nonsense.
  FilterChain(const Hdf5DatasetInfo& info, std::size_t chunkBytes);

  /// The filters in the order of writing, "scaleoffset+deflate"; "raw" if there are none.
  const std::string& codec() const { return codec_; }

  /// More bytes than any sound chunk takes in the file.
  std::size_t maxStoredBytes() const { return maxIntermediateBytes_; }

  /// Decodes `raw`, which must be stored, into `voxels` (chunkBytes, native byte order). Throws Error if it is damaged.
  void decode(const RawView& raw, std::span<std::byte> voxels, DecodeScratch& scratch) const {
    decode(raw.bytes, raw.filterMask, voxels, scratch);
  }
  /// The same from memory of the caller's; bit i of `filterMask` set = filter i was skipped.
  void decode(std::span<const std::byte> stored, std::uint32_t filterMask, std::span<std::byte> voxels,
              DecodeScratch& scratch) const;

 private:
  struct Step {
    int filter = 0;
    std::size_t shuffleBytes = 0;
    ScaleOffsetParameters scaleOffset;
  };

  /// Undoes one step into `out`; returns what was produced, which may be shorter unless `exact`.
  std::span<const std::byte> undo(const Step& step, std::span<const std::byte> in, std::span<std::byte> out,
                                  bool exact) const;

  std::vector<Step> steps_;
  std::string codec_;
  std::size_t swapBytes_ = 1;  ///< width of the values whose byte order is reversed at the end; 1 = native already
  std::size_t maxIntermediateBytes_ = 0;
};

}  // namespace volary
