#pragma once

#include "base/frame_memory.h"
#include "streaming/brick_statistics.h"

#include <optional>

namespace volary {

/// How the values of many bricks are distributed, from their statistics alone.
///
/// Pure: depends on what was added, in that order. Within a bin of a brick's histogram values count as evenly
/// distributed.
class ValueDistribution {
 public:
  explicit ValueDistribution(VoxelType type) : type_(type) {}

  /// `weight`: how much a voxel of this brick counts, so that a coarse voxel counts as the fine ones that it stands
  /// for.
  void add(const BrickStatistics& statistics, double weight);

  bool empty() const { return parts_.empty(); }

  /// The least value that at least the part `q` of all voxels does not exceed, in (0, 1); whole for integers. Not of
  /// nothing.
  double quantile(double q) const;

  /// The values that nearly all voxels lie between: the 0.1 % and 99.9 % quantiles; where these are equal the smallest
  /// and the largest value, and where all voxels are equal a range that has the value in its middle. `max` is always
  /// larger than `min`. Nothing where there are no finite voxels.
  std::optional<ValueRange> contrastRange() const;

 private:
  struct Part {
    BrickStatistics statistics;
    double voxels;       ///< what the brick counts in all
    double perBinVoxel;  ///< what one voxel of its histogram counts
  };

  double voxelsUpTo(double value) const;

  VoxelType type_;
  FrameVector<Part> parts_;
  double voxels_ = 0.0;
  double min_ = 0.0;
  double max_ = 0.0;
};

}  // namespace volary
