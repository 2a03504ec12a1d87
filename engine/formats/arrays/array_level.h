#pragma once

#include "formats/arrays/stored_array.h"

#include <memory>

namespace volary::arrays {

class SpanningChunks;

/// Which axis of an array is what; -1 = it has none. x is always there.
struct AxisRoles {
  int x = -1;
  int y = -1;
  int z = -1;
  int channel = -1;
  int time = -1;
};

/// The number of voxels along an axis, 1 where there is no such axis.
std::int64_t extentOf(const ArrayLayout& layout, int axis);

/// The size and the chunks of the volume in an array, in x, y, z.
i64vec3 volumeSize(const ArrayLayout& layout, const AxisRoles& roles);
i64vec3 volumeChunk(const ArrayLayout& layout, const AxisRoles& roles);

/// One volume of an array, one channel at one time, as one level of an image. Axes without a role stand at 0. Copies
/// share the array. Any thread.
class ArrayLevel {
 public:
  /// Throws Error (without a name) if the array has no such channel or time.
  ArrayLevel(std::shared_ptr<const StoredArray> array, const AxisRoles& roles, std::int64_t channel, std::int64_t time);

  const StoredArray& array() const { return *array_; }
  LevelInfo info(const dvec3& factor) const;

  /// Like Source's functions of these names, without a name in errors. If a stored chunk holds several volumes, it is
  /// kept, decoded, in `spanning`.
  RawChunk readChunk(const i64vec3& chunk, SpanningChunks& spanning) const;
  /// As StoredArray::isChanged().
  bool isChanged(const i64vec3& chunk) const { return array_->isChanged(indexOf(chunk)); }
  /// As StoredArray::findShared(); nothing for a chunk that is kept in `spanning`.
  std::optional<ChunkPlace> findShared(const i64vec3& chunk, SpanningChunks& spanning) const;
  void decodeChunk(const i64vec3& chunk, const RawView& raw, std::span<std::byte> voxels, DecodeScratch& scratch,
                   SpanningChunks& spanning) const;

  /// The bytes in the files of all chunks that hold something of this volume.
  std::uint64_t countBytesStored() const;

 private:
  Extents indexOf(const i64vec3& chunk) const;
  void copyVolume(std::span<const std::byte> stored, std::span<std::byte> voxels) const;

  std::shared_ptr<const StoredArray> array_;
  AxisRoles roles_;
  i64vec3 size_{1};
  i64vec3 chunk_{1};
  i64vec3 strides_{0};       ///< in a decoded chunk, in voxels
  std::int64_t offset_ = 0;  ///< of this volume in a decoded chunk, in voxels
  std::int64_t channelChunk_ = 0;
  std::int64_t timeChunk_ = 0;
  bool isDense_ = false;     ///< a decoded chunk is the volume's chunk, x fastest
  bool isSpanning_ = false;  ///< a stored chunk holds several volumes
};

}  // namespace volary::arrays
