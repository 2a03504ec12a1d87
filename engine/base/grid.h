#pragma once

#include "base/geometry.h"

#include <cstdint>

namespace volary {

/// The cells of a grid are numbered with x fastest: the place of the `index`-th one.
inline i64vec3 cellAt(const i64vec3& grid, std::int64_t index) {
  return {index % grid.x, index / grid.x % grid.y, index / (grid.x * grid.y)};
}

/// The number of cells of a grid, or of voxels of a volume.
inline std::uint64_t countCells(const i64vec3& size) {
  return static_cast<std::uint64_t>(size.x) * static_cast<std::uint64_t>(size.y) * static_cast<std::uint64_t>(size.z);
}

}  // namespace volary
