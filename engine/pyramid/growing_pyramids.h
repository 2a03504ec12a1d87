#pragma once

#include "pyramid/source.h"

#include <cstdint>
#include <optional>
#include <span>

namespace volary {

/// Voxels [begin, end) of a level, of which the view shows a plane along x and y: one or two layers along z.
struct PlaneInView {
  ImageId image;
  int level = 0;
  i64vec3 begin{0};
  i64vec3 end{0};
};

/// What a source can do that makes coarser levels while it is open (ImagePyramid::growing): Source::growing() has it.
/// Any thread; calls may overlap.
class GrowingPyramids {
 public:
  GrowingPyramids() = default;
  virtual ~GrowingPyramids() = default;
  GrowingPyramids(const GrowingPyramids&) = delete;
  GrowingPyramids& operator=(const GrowingPyramids&) = delete;

  /// Counts up whenever there are more chunks to be had, or another pyramid. 0 = all that there is was there from the
  /// start.
  virtual std::uint64_t revision() const = 0;

  /// False while the chunk is still to be made: it can't be read yet, and is neither zero nor damaged.
  virtual bool isMade(const ChunkKey& key) const = 0;

  /// Tells which of the chunks that are not made yet are wanted first: a hint, which replaces the last one.
  virtual void preferChunks(std::span<const ChunkKey> chunks) = 0;

  /// Tells which planes are looked at whose chunks are not made yet: a hint, which replaces the last one.
  virtual void preferPlanes(std::span<const PlaneInView> planes) = 0;

  /// What stands in for a brick whose chunks are not made yet: a number that changes when it becomes better; 0 =
  /// nothing does. If something does its chunks can be read, and are right where preferPlanes() said.
  virtual std::uint64_t standIn(const BrickKey& key) const = 0;

  /// What the voxels of a brick of a level that was made are like: known without reading them.
  virtual std::optional<BrickStatistics> findStatistics(const BrickKey& key) const = 0;

  /// Bytes of main memory that may be held just now to make chunks, beside what the source reads for others.
  virtual std::uint64_t workBytes() const = 0;
};

}  // namespace volary
