#pragma once

#include "base/geometry.h"
#include "survey/shown_values.h"

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace volary {

/// How often each of some values occurs.
using ValueCounts = std::vector<double>;

/// Cells of about the same mean, and how the voxels in them are distributed. Counts are of CellStatistics::values.
struct CellKind {
  double meanUpTo = 0.0;              ///< the greatest mean of such a cell; the last kind's is infinite
  ValueCounts voxels;                 ///< of single voxels
  std::array<ValueCounts, 3> maxima;  ///< of the greatest voxel on a line through a cell along x, y, z
  std::array<ValueCounts, 3> minima;  ///< and of the least one
};

/// What is known of voxels from the means of the cells that they lie in.
struct CellStatistics {
  std::vector<double> values;   ///< ascending: those that are told apart; a voxel counts as the next greater one
  std::vector<CellKind> kinds;  ///< ascending

  std::size_t kindIndex(float mean) const;
  std::size_t valueIndex(float value) const;
};

/// A coarse grid of cells with the means of their voxels, x fastest. Where a grid covers parts of an image that are
/// spread evenly, `repeat` cells stand along each axis for one. A mean that is not finite belongs to no voxel.
struct CellGrid {
  i64vec3 cells{0};
  dvec3 cellVoxels{1.0};  ///< the size of a cell, in full-resolution voxels
  dvec3 repeat{1.0};
  std::vector<float> means;

  std::size_t index(const i64vec3& cell) const {
    return static_cast<std::size_t>((cell.z * cells.y + cell.y) * cells.x + cell.x);
  }
  /// The size of the image along each axis, in full-resolution voxels, as the cells tell.
  dvec3 sizeVoxels() const { return dvec3(cells) * cellVoxels * repeat; }
};

enum class Extreme { least, greatest };

/// How the voxels of the grid's image are distributed.
ShownValues findVoxels(const CellGrid& grid, const CellStatistics& statistics);

/// How the means along lines through the whole grid are distributed, along x, y and z. A line counts by the area that
/// it stands for.
ShownValues findLineMeans(const CellGrid& grid);

/// How the greatest, or least, voxels on such lines are distributed, where each cell is a voxel.
ShownValues findLineExtremes(const CellGrid& grid, Extreme extreme);

/// The same from statistics. Cells of the same mean count as independent of each other, so that the parts of their
/// lines below a value multiply.
ShownValues modelLineExtremes(const CellGrid& grid, const CellStatistics& statistics, Extreme extreme);

}  // namespace volary
