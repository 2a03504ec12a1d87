#pragma once

#include "base/frame_memory.h"
#include "streaming/brick_statistics.h"

#include <optional>

namespace volary {

/// How the values of many bricks are distributed, from their statistics alone.
///
/// Pure: depends on what was added, in that order. Values within a bin of a brick's histogram count as evenly
/// distributed.
class ValueDistribution {
 public:
  explicit ValueDistribution(VoxelType type) : type_(type) {}

  /// `weight`: how much a voxel of this brick counts, so that a coarse voxel counts as the fine ones that it stands
  /// for.
  void add(const BrickStatistics& statistics, double weight);

  bool empty() const { return parts_.empty(); }

  /// The least value that at least the part `q`, in (0, 1), of all voxels does not exceed; whole for integers. Not to
  /// be called if empty().
  double quantile(double q) const;

  /// The range that holds nearly all voxels: from the 0.1 % to the 99.9 % quantile; if these are equal, from the
  /// smallest to the largest value; if all voxels are equal, a range with that value in its middle. `max` is always
  /// larger than `min`. Nothing if there are no finite voxels.
  std::optional<ValueRange> contrastRange() const;

 private:
  struct Part {
    BrickStatistics statistics;
    double voxels;       ///< how much the brick counts in all
    double perBinVoxel;  ///< how much one voxel of its histogram counts
  };

  double voxelsUpTo(double value) const;

  VoxelType type_;
  FrameVector<Part> parts_;
  double voxels_ = 0.0;
  double min_ = 0.0;
  double max_ = 0.0;
};

}  // namespace volary
