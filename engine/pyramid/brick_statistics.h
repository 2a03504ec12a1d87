#pragma once

#include <array>
#include <cstdint>

namespace volary {

/// Extremes and histogram of the voxels of a brick's payload, as the page cache holds them, in the file's unit.
///
/// They hold for the brick's own level only: a coarser level averages thin bright structures away. Voxels of the
/// border, outside of the level, or not finite don't count.
///
/// The histogram counts all voxels if the brick is cut at the level's end, otherwise one row in four. Its bins are
/// where the values are, so that a few hot pixels don't leave all others in one bin: the first bin holds [min, low) and
/// the last [high, max], at most a thousandth of the voxels each; those between are equal parts of [low, high). The
/// edges are true to a 4096th of max - min, and to the value for 8 bit.
struct BrickStatistics {
  static constexpr int kBins = 64;

  std::uint32_t count = 0;  ///< finite voxels; if none, all that follows is zero
  float min = 0.0f;
  float max = 0.0f;
  float low = 0.0f;
  float high = 0.0f;
  std::array<std::uint16_t, kBins> bins{};  ///< voxels each

  /// Where bin `bin` begins; binBegin(kBins) = max.
  double binBegin(int bin) const;
};

}  // namespace volary
