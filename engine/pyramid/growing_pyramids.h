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

/// The interface of sources that make coarser levels while they are open (ImagePyramid::growing); Source::growing()
/// returns it. Any thread; calls may overlap.
class GrowingPyramids {
 public:
  GrowingPyramids() = default;
  virtual ~GrowingPyramids() = default;
  GrowingPyramids(const GrowingPyramids&) = delete;
  GrowingPyramids& operator=(const GrowingPyramids&) = delete;

  /// Counts up whenever more chunks can be read, or Source::pyramid() returns another pyramid. 0 = everything was there
  /// from the start.
  virtual std::uint64_t revision() const = 0;

  /// How many of the image's levels, from the finest one on, the file has itself. Throws Error as Source::pyramid()
  /// does.
  virtual int fileLevels(ImageId image) = 0;

  /// False while the chunk is still to be made: it can't be read yet, and is neither zero nor damaged.
  virtual bool isMade(const ChunkKey& key) const = 0;

  /// Names the chunks that are wanted first among those not made yet: a hint, which replaces the last one.
  virtual void preferChunks(std::span<const ChunkKey> chunks) = 0;

  /// Names the planes in view whose chunks are not made yet: a hint, which replaces the last one.
  virtual void preferPlanes(std::span<const PlaneInView> planes) = 0;

  /// The version of the stand-in for a brick whose chunks are not made yet: it changes when the stand-in becomes
  /// better; 0 = there is none. If there is one, the brick's chunks can be read, and are right on the planes that
  /// preferPlanes() named.
  virtual std::uint64_t standIn(const BrickKey& key) const = 0;

  /// The statistics of a brick of a level that was made: known without reading its voxels.
  virtual std::optional<BrickStatistics> findStatistics(const BrickKey& key) const = 0;

  /// Bytes of main memory that may be held now to make chunks, beside what the source reads for others.
  virtual std::uint64_t workBytes() const = 0;
};

}  // namespace volary
