#include "streaming/peak_assembly.h"

#include "pyramid/page_voxel.h"
#include "streaming/brick_assembly.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace volary {

namespace {

template <typename T>
constexpr T kLeast = std::is_floating_point_v<T> ? std::numeric_limits<T>::quiet_NaN() : T{0};

template <typename T>
T greater(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) return b > a || a != a ? b : a;
  return std::max(a, b);
}

/// Of a brick's padded voxels along one axis, which voxels of a box each of them takes; none of what the level does not have.
std::array<VoxelSpan, kPaddedBrick> spansAlong(const LevelInfo& level, const LevelInfo& finer, int axis, int brick,
                                               const VoxelBox& box) {
  std::array<VoxelSpan, kPaddedBrick> spans{};
  for (int i = 0; i < kPaddedBrick; ++i) {
    const std::int64_t at = std::int64_t{brick} * kBrickPayload - kBrickBorder + i;
    if (at < 0 || at >= level.sizeVoxels[axis]) continue;
    const VoxelSpan all = finerVoxels(level, finer, axis, at);
    spans[std::size_t(i)] = {.begin = std::max(all.begin, box.begin[axis]), .end = std::min(all.end, box.end[axis])};
  }
  return spans;
}

template <typename T>
void pool(const LevelInfo& level, const LevelInfo& finer, VoxelType type, const i64vec3& chunk, const std::byte* voxels,
          const ivec3& brick, T* padded, std::vector<std::byte>& rows) {
  const VoxelBox box = chunkBox(finer, chunk);
  const i64vec3 origin = chunk * i64vec3(finer.chunkVoxels);
  const auto xs = spansAlong(level, finer, 0, brick.x, box);
  const auto ys = spansAlong(level, finer, 1, brick.y, box);
  const auto zs = spansAlong(level, finer, 2, brick.z, box);
  std::int64_t first = box.end.x, last = box.begin.x;
  for (const VoxelSpan& x : xs) {
    if (x.begin >= x.end) continue;
    first = std::min(first, x.begin);
    last = std::max(last, x.end);
  }
  if (first >= last) return;
  const auto length = static_cast<std::size_t>(last - first);
  rows.resize(2 * length * sizeof(T));
  T* const row = reinterpret_cast<T*>(rows.data());
  T* const greatest = row + length;

  // Along y and z whole rows first, which is most of the work, and what is left of them along x.
  for (int z = 0; z < kPaddedBrick; ++z)
    for (int y = 0; y < kPaddedBrick; ++y) {
      const VoxelSpan ySpan = ys[std::size_t(y)], zSpan = zs[std::size_t(z)];
      if (ySpan.begin >= ySpan.end || zSpan.begin >= zSpan.end) continue;
      std::fill_n(greatest, length, kLeast<T>);
      for (std::int64_t fromZ = zSpan.begin; fromZ < zSpan.end; ++fromZ)
        for (std::int64_t fromY = ySpan.begin; fromY < ySpan.end; ++fromY) {
          const i64vec3 at = i64vec3(first, fromY, fromZ) - origin;
          const auto index =
              static_cast<std::size_t>((at.z * finer.chunkVoxels.y + at.y) * finer.chunkVoxels.x + at.x);
          convertBoxToPage(type, voxels ? voxels + index * voxelBytes(type) : nullptr, rows.data(),
                           {.size = {last - first, 1, 1}});
          for (std::size_t x = 0; x < length; ++x) greatest[x] = greater(greatest[x], row[x]);
        }
      T* const to = padded + (z * kPaddedBrick + y) * kPaddedBrick;
      for (int x = 0; x < kPaddedBrick; ++x)
        for (std::int64_t from = xs[std::size_t(x)].begin; from < xs[std::size_t(x)].end; ++from)
          to[x] = greater(to[x], greatest[from - first]);
    }
}

template <typename T>
void fill(std::span<std::byte> padded) {
  std::fill_n(reinterpret_cast<T*>(padded.data()), kPaddedBrickVoxels, kLeast<T>);
}

}  // namespace

void fillLeast(VoxelType type, std::span<std::byte> padded) {
  assert(padded.size() == paddedBrickBytes(type));
  switch (pageFormat(type)) {
    case PageFormat::r8: return fill<std::uint8_t>(padded);
    case PageFormat::r16: return fill<std::uint16_t>(padded);
    case PageFormat::r32f: break;
  }
  fill<float>(padded);
}

void poolChunk(const LevelInfo& level, const LevelInfo& finer, VoxelType type, const i64vec3& chunk, const std::byte* voxels,
               const ivec3& brick, std::span<std::byte> padded, std::vector<std::byte>& rows) {
  assert(padded.size() == paddedBrickBytes(type));
  const auto poolAs = [&]<typename T>(T* to) { pool(level, finer, type, chunk, voxels, brick, to, rows); };
  switch (pageFormat(type)) {
    case PageFormat::r8: return poolAs(reinterpret_cast<std::uint8_t*>(padded.data()));
    case PageFormat::r16: return poolAs(reinterpret_cast<std::uint16_t*>(padded.data()));
    case PageFormat::r32f: break;
  }
  poolAs(reinterpret_cast<float*>(padded.data()));
}

}  // namespace volary
