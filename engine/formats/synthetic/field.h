#pragma once

#include "base/geometry.h"
#include "pyramid/dataset.h"

#include <cstdint>
#include <span>

namespace volary {

/// Fields are evaluated in cubes of this many voxels along each axis, aligned to the level's voxel 0. A chunk of any
/// shape is cut from tiles, so that a voxel never depends on the chunks.
inline constexpr int kFieldTile = 16;
inline constexpr int kFieldTileVoxels = kFieldTile * kFieldTile * kFieldTile;

/// Which tile: the level is named by its factor alone, so that any pyramid can be put over one field.
struct FieldTile {
  ImageId image;
  dvec3 factor{1.0};  ///< downsampling against level 0's voxel grid
  i64vec3 begin{0};   ///< first voxel, in voxels of that level; multiples of kFieldTile
};

/// A pure function of position that knows its average over a voxel of any level without visiting the finer ones.
class Field {
 public:
  Field() = default;
  virtual ~Field() = default;
  Field(const Field&) = delete;
  Field& operator=(const Field&) = delete;

  /// Writes kFieldTileVoxels values, x fastest, the same bits on every call, thread and machine. Voxels outside the
  /// image continue the field. Any thread.
  virtual void evaluateTile(const FieldTile& tile, std::span<float> values) const = 0;
};

/// Full-resolution voxel coordinate of voxel `index` of a level (BigDataViewer's mipmap transform).
inline double fullVoxel(double factor, std::int64_t index) {
  return factor * static_cast<double>(index) + 0.5 * (factor - 1.0);
}

}  // namespace volary
