#pragma once

#include "pyramid/source.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace volary {

inline constexpr double kMostGridCells = 1 << 18;

double voxelCount(const LevelInfo& level);

/// The parts of an axis that are read, and how they are cut into cells. Parts lie evenly spread.
struct AxisPlan {
  std::int64_t size = 0;    // voxels
  std::int64_t part = 0;    // voxels of a part; the last one may have fewer
  std::int64_t parts = 1;   // that there are
  std::int64_t chosen = 1;  // of these
  std::int64_t cell = 1;    // voxels of a cell along the axis; cells don't cross parts

  std::int64_t partBegin(std::int64_t i) const { return (2 * i + 1) * parts / (2 * chosen) * part; }
  std::int64_t partEnd(std::int64_t i) const { return std::min(partBegin(i) + part, size); }
  /// Of the i-th part; a rest smaller than a cell is left out, unless it is all.
  std::int64_t cellsIn(std::int64_t i) const { return std::max<std::int64_t>(1, (partEnd(i) - partBegin(i)) / cell); }
};

/// A cell of the grid along an axis: voxels [begin, end) of the level.
struct Run {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// All cells along the axis.
std::vector<Run> runsOf(const AxisPlan& plan);

/// How a level is read, along x, y and z, and cut into at most kMostGridCells cells: a small level whole, otherwise
/// some of its chunks, which take at most 128 MiB, but at least three. Pure.
std::array<AxisPlan, 3> planGrid(const LevelInfo& level, VoxelType type);

}  // namespace volary
