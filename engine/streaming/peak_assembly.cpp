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

/// One for each of a brick's padded voxels along one axis.
using Spans = std::array<VoxelSpan, kPaddedBrick>;

/// Which voxels of a box each padded voxel takes; none if that is outside of the level.
Spans spansAlong(const LevelInfo& level, const LevelInfo& finer, int axis, int brick, const VoxelBox& box) {
  Spans spans{};
  for (int i = 0; i < kPaddedBrick; ++i) {
    const std::int64_t at = std::int64_t{brick} * kBrickPayload - kBrickBorder + i;
    if (at < 0 || at >= level.sizeVoxels[axis]) continue;
    const VoxelSpan all = finerVoxels(level, finer, axis, at);
    spans[std::size_t(i)] = {.begin = std::max(all.begin, box.begin[axis]), .end = std::min(all.end, box.end[axis])};
  }
  return spans;
}

bool takesAny(const VoxelSpan& span) { return span.begin < span.end; }

/// All that the spans take; empty if none takes anything.
VoxelSpan unite(const Spans& spans) {
  VoxelSpan all;
  for (const VoxelSpan& span : spans) {
    if (!takesAny(span)) continue;
    all = takesAny(all) ? VoxelSpan{std::min(all.begin, span.begin), std::max(all.end, span.end)} : span;
  }
  return all;
}

// Reduces plane by plane, then row by row, then what is left along x: nearly all of the work is on neighbours in
// memory. Profiled: row by row alone it took as long as decoding.
template <typename T>
void pool(const LevelInfo& level, const LevelInfo& finer, VoxelType type, const i64vec3& chunk, const std::byte* voxels,
          const ivec3& brick, T* padded, std::vector<std::byte>& scratch) {
  const VoxelBox box = chunkBox(finer, chunk);
  const Spans xs = spansAlong(level, finer, 0, brick.x, box);
  const Spans ys = spansAlong(level, finer, 1, brick.y, box);
  const Spans zs = spansAlong(level, finer, 2, brick.z, box);
  const VoxelSpan allX = unite(xs), allY = unite(ys);
  if (!takesAny(allX) || !takesAny(allY)) return;
  const auto firstX = static_cast<std::size_t>(std::ranges::find_if(xs, takesAny) - xs.begin());
  const auto lastX = static_cast<std::size_t>(xs.rend() - std::find_if(xs.rbegin(), xs.rend(), takesAny));
  const auto length = static_cast<std::size_t>(allX.end - allX.begin);
  const auto count = static_cast<std::size_t>(allY.end - allY.begin);
  scratch.resize((2 * count + 1) * length * sizeof(T));
  T* const plane = reinterpret_cast<T*>(scratch.data());
  T* const next = plane + count * length;
  T* const row = next + count * length;
  const auto raise = [](T* to, const T* from, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) to[i] = greater(to[i], from[i]);
  };
  const auto convertPlane = [&](std::int64_t z, T* to) {
    const i64vec3 at = i64vec3(allX.begin, allY.begin, z) - chunk * i64vec3(finer.chunkVoxels);
    const auto index = static_cast<std::size_t>((at.z * finer.chunkVoxels.y + at.y) * finer.chunkVoxels.x + at.x);
    convertBoxToPage(type, voxels ? voxels + index * voxelBytes(type) : nullptr, reinterpret_cast<std::byte*>(to),
                     {.size = i64vec3(length, count, 1),
                      .fromRow = finer.chunkVoxels.x,
                      .toRow = static_cast<std::int64_t>(length)});
  };

  for (std::size_t z = 0; z < kPaddedBrick; ++z) {
    if (!takesAny(zs[z])) continue;
    convertPlane(zs[z].begin, plane);
    for (std::int64_t from = zs[z].begin + 1; from < zs[z].end; ++from) {
      convertPlane(from, next);
      raise(plane, next, count * length);
    }
    for (std::size_t y = 0; y < kPaddedBrick; ++y) {
      if (!takesAny(ys[y])) continue;
      const T* const first = plane + static_cast<std::size_t>(ys[y].begin - allY.begin) * length;
      std::copy_n(first, length, row);
      for (std::size_t i = 1; i < static_cast<std::size_t>(ys[y].end - ys[y].begin); ++i)
        raise(row, first + i * length, length);
      T* const to = padded + (z * kPaddedBrick + y) * kPaddedBrick;
      for (std::size_t x = firstX; x < lastX; ++x) {
        T most = to[x];
        for (std::int64_t from = xs[x].begin; from < xs[x].end; ++from) most = greater(most, row[from - allX.begin]);
        to[x] = most;
      }
    }
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

void poolChunk(const LevelInfo& level, const LevelInfo& finer, VoxelType type, const i64vec3& chunk,
               const std::byte* voxels, const ivec3& brick, std::span<std::byte> padded,
               std::vector<std::byte>& scratch) {
  assert(padded.size() == paddedBrickBytes(type));
  const auto poolAs = [&]<typename T>(T* to) { pool(level, finer, type, chunk, voxels, brick, to, scratch); };
  switch (pageFormat(type)) {
    case PageFormat::r8: return poolAs(reinterpret_cast<std::uint8_t*>(padded.data()));
    case PageFormat::r16: return poolAs(reinterpret_cast<std::uint16_t*>(padded.data()));
    case PageFormat::r32f: break;
  }
  poolAs(reinterpret_cast<float*>(padded.data()));
}

}  // namespace volary
