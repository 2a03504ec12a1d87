#pragma once

#include "base/os/processor.h"

#include <cstddef>
#include <cstring>

namespace volary {

/// Neighbouring voxels along x, for loops over the rows of a brick that keep some of them in registers.
///
/// The vectors are written out, with 16 bytes, which every processor of x86-64 and 64-bit Arm has: g++ 12 makes vectors
/// of loops over arrays as well, but keeps the sums in memory. Profiled: extremes and cell ranges of a brick cost 2 to
/// 3 times as much with arrays.
template <typename T, int kLength>
class VoxelRow {
 public:
  static VoxelRow filled(T value) {
    VoxelRow row;
#pragma GCC unroll 16
    for (Lanes& lanes : row.lanes_) lanes = Lanes{} + value;
    return row;
  }
  /// Loads kLength voxels, which need not be aligned.
  static VoxelRow load(const std::byte* voxels) {
    VoxelRow row;
#pragma GCC unroll 16
    for (int i = 0; i < kVectors; ++i) std::memcpy(&row.lanes_[i], voxels + begin(i) * sizeof(T), sizeof(Lanes));
    return row;
  }

  /// Lane by lane the least / greatest of both; if the other lane is not a number, the old value stays.
  void takeLeast(const VoxelRow& other) {
#pragma GCC unroll 16
    for (int i = 0; i < kVectors; ++i) lanes_[i] = other.lanes_[i] < lanes_[i] ? other.lanes_[i] : lanes_[i];
  }
  void takeGreatest(const VoxelRow& other) {
#pragma GCC unroll 16
    for (int i = 0; i < kVectors; ++i) lanes_[i] = other.lanes_[i] > lanes_[i] ? other.lanes_[i] : lanes_[i];
  }
  void add(const VoxelRow& other) {
#pragma GCC unroll 16
    for (int i = 0; i < kVectors; ++i) lanes_[i] += other.lanes_[i];
  }
  /// Zero in each lane that holds a finite value, not a number in all others.
  VoxelRow oddness() const {
    VoxelRow row;
#pragma GCC unroll 16
    for (int i = 0; i < kVectors; ++i) row.lanes_[i] = lanes_[i] - lanes_[i];
    return row;
  }

  T operator[](int x) const {
    const int vector = x < begin(kVectors - 1) ? x / kLanes : kVectors - 1;
    return lanes_[vector][x - begin(vector)];
  }

 private:
  static constexpr int kLanes = 16 / int{sizeof(T)};
  static constexpr int kVectors = (kLength + kLanes - 1) / kLanes;
  static_assert(kLength >= kLanes);
  using Lanes VOLARY_LANES(16) = T;

  /// The last vector ends with the row, and overlaps the one before it if the length is not a multiple.
  static constexpr int begin(int vector) { return vector < kVectors - 1 ? vector * kLanes : kLength - kLanes; }

  Lanes lanes_[kVectors];
};

}  // namespace volary
