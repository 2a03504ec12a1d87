#pragma once

#include "base/geometry.h"

#include <cstddef>
#include <cstdint>

namespace volary {

/// A box of voxels of one level, [begin, end) along x, y, z.
struct VoxelBox {
  i64vec3 begin{0};
  i64vec3 end{0};

  i64vec3 size() const { return end - begin; }
  bool empty() const { return glm::any(glm::lessThanEqual(end, begin)); }
};

inline VoxelBox intersect(const VoxelBox& a, const VoxelBox& b) {
  return {.begin = glm::max(a.begin, b.begin), .end = glm::min(a.end, b.end)};
}

/// The index of a voxel in an array that holds `box`, x fastest.
inline std::size_t indexIn(const VoxelBox& box, const i64vec3& voxel) {
  const i64vec3 size = box.size();
  const i64vec3 at = voxel - box.begin;
  return static_cast<std::size_t>((at.z * size.y + at.y) * size.x + at.x);
}

/// Calls row(fromIndex, toIndex, count) for each row along x of `part`, which lies in both `from` and `to`:
/// the index of the row's first voxel in arrays that hold `from` and `to`, x fastest, and the row's length.
template <typename Row>
void forEachRow(const VoxelBox& part, const VoxelBox& from, const VoxelBox& to, Row&& row) {
  if (part.empty()) return;
  const auto count = static_cast<std::size_t>(part.size().x);
  for (std::int64_t z = part.begin.z; z < part.end.z; ++z)
    for (std::int64_t y = part.begin.y; y < part.end.y; ++y) {
      const i64vec3 first(part.begin.x, y, z);
      row(indexIn(from, first), indexIn(to, first), count);
    }
}

}  // namespace volary
