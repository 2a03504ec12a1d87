#include "build/downsampling.h"

#include "base/int128.h"
#include "base/parallel.h"
#include "build/fold_row.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace volary {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"mean", "max", "mode"};

template <typename T>
using WideSum =
    std::conditional_t<std::is_floating_point_v<T>, double, std::conditional_t<(sizeof(T) <= 4), std::int64_t, Int128>>;

// Sums with twice as many bits as a voxel: they take half the memory, and vectors hold more of them.
template <typename T>
struct NarrowSumOf {
  using Type = WideSum<T>;
};
template <>
struct NarrowSumOf<std::uint8_t> {
  using Type = std::uint16_t;
};
template <>
struct NarrowSumOf<std::int8_t> {
  using Type = std::int16_t;
};
template <>
struct NarrowSumOf<std::uint16_t> {
  using Type = std::uint32_t;
};
template <>
struct NarrowSumOf<std::int16_t> {
  using Type = std::int32_t;
};
template <typename T>
using NarrowSum = typename NarrowSumOf<T>::Type;

// A sum of as many voxels as a voxel can have values fits into twice its bits.
template <typename T>
bool isNarrow(const i64vec3& factor) {
  if constexpr (std::is_same_v<NarrowSum<T>, WideSum<T>>) return true;
  const dvec3 counts(factor);
  return counts.x * counts.y * counts.z <= std::ldexp(1.0, 8 * sizeof(T));
}

// Calls visit with a zero of the type of a level's sums.
template <typename T, typename Visit>
decltype(auto) visitSum(const i64vec3& factor, Visit&& visit) {
  if (isNarrow<T>(factor)) return visit(NarrowSum<T>{});
  return visit(WideSum<T>{});
}

template <typename T>
const T* as(std::span<const std::byte> bytes) {
  return reinterpret_cast<const T*>(bytes.data());
}

// A coarse row, and the fine rows that it comes from.
struct CoarseRow {
  i64vec3 first;  // its first voxel, in the coarse level
  i64vec3 begin;  // of the fine voxels, counted in their box
  i64vec3 end;
};

// Calls visit(row) for each row of the coarser box.
template <typename Visit>
void forEachCoarseRow(const VoxelBox& fine, const i64vec3& ratio, int threads, Visit visit) {
  const i64vec3 size = fine.size();
  const VoxelBox coarse = coarserBox(fine, ratio);
  parallelFor(static_cast<std::size_t>(coarse.size().z), threads, [&](std::size_t plane) {
    const auto z = static_cast<std::int64_t>(plane);
    for (std::int64_t y = 0; y < coarse.size().y; ++y) {
      const i64vec3 begin(0, y * ratio.y, z * ratio.z);
      visit(CoarseRow{.first = coarse.begin + i64vec3(0, y, z),
                      .begin = begin,
                      .end = glm::min(begin + i64vec3(size.x, ratio.y, ratio.z), size)});
    }
  });
}

template <typename Fold, typename In, typename State>
void foldBox(const BoxValues& values, const i64vec3& ratio, const WritableBoxValues& states, int threads, State) {
  const i64vec3 size = values.box.size();
  State* const out = reinterpret_cast<State*>(states.bytes.data());
  forEachCoarseRow(values.box, ratio, threads, [&](const CoarseRow& row) {
    State* const to = out + indexIn(states.box, row.first);
    const auto from = [&](std::int64_t y, std::int64_t z) { return as<In>(values.bytes) + (z * size.y + y) * size.x; };
    for (std::int64_t z = row.begin.z; z < row.end.z; ++z)
      for (std::int64_t y = row.begin.y; y < row.end.y; ++y)
        if (y == row.begin.y && z == row.begin.z)
          foldRow<Fold, RowIs::first>(from(y, z), size.x, ratio.x, to);
        else
          foldRow<Fold, RowIs::next>(from(y, z), size.x, ratio.x, to);
  });
}

// The most frequent of `values`, the smallest of those that tie; sorts `values`.
template <typename T>
T modeOf(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  T best = values.front();
  std::size_t bestCount = 0;
  for (std::size_t i = 0; i < values.size();) {
    std::size_t end = i + 1;
    while (end < values.size() && values[end] == values[i]) ++end;
    if (end - i > bestCount) {
      best = values[i];
      bestCount = end - i;
    }
    i = end;
  }
  return best;
}

template <typename T>
void modeBox(const BoxValues& voxels, const i64vec3& ratio, const WritableBoxValues& states, int threads) {
  const i64vec3 size = voxels.box.size();
  forEachCoarseRow(voxels.box, ratio, threads, [&](const CoarseRow& row) {
    T* out = reinterpret_cast<T*>(states.bytes.data()) + indexIn(states.box, row.first);
    std::vector<T> values;
    for (std::int64_t x = 0; x < size.x; x += ratio.x) {
      values.clear();
      for (std::int64_t z = row.begin.z; z < row.end.z; ++z)
        for (std::int64_t y = row.begin.y; y < row.end.y; ++y) {
          const T* fine = as<T>(voxels.bytes) + (z * size.y + y) * size.x;
          values.insert(values.end(), fine + x, fine + std::min(x + ratio.x, size.x));
        }
      *out++ = modeOf(values);
    }
  });
}

template <typename T>
void reduceValues(Downsampling how, const BoxValues& values, const i64vec3& ratio, const WritableBoxValues& states,
                  int threads) {
  if (how == Downsampling::mode)
    modeBox<T>(values, ratio, states, threads);
  else
    foldBox<MaxFold<T>, T>(values, ratio, states, threads, T{});
}

// The quotient, rounded down; `divisor` > 0.
std::int64_t divideDown(std::int64_t dividend, std::int64_t divisor) {
  const std::int64_t quotient = dividend / divisor;
  return dividend % divisor < 0 ? quotient - 1 : quotient;
}

// The means of sums of `count` values each, `sums` to `sumsEnd`.
template <typename T, typename Sum>
void meanRow(const Sum* sums, const Sum* sumsEnd, std::int64_t count, T* out) {
  const std::int64_t length = sumsEnd - sums;
  if constexpr (std::is_floating_point_v<T>) {
    for (std::int64_t x = 0; x < length; ++x) out[x] = static_cast<T>(sums[x] / static_cast<double>(count));
  } else if (std::has_single_bit(static_cast<std::uint64_t>(count))) {
    // floor((2 sum + count) / (2 count)); a shift is a division that rounds down for negative numbers as well. Adding
    // `half` does not make the sum exceed its type: it adds less than one more voxel of the greatest value would.
    const int shift = std::countr_zero(static_cast<std::uint64_t>(count));
    const auto half = static_cast<Sum>(count / 2);
    for (std::int64_t x = 0; x < length; ++x) out[x] = static_cast<T>(static_cast<Sum>(sums[x] + half) >> shift);
  } else {
    using Wide = WideSum<T>;
    for (std::int64_t x = 0; x < length; ++x) {
      const auto sum = static_cast<Wide>(sums[x]);
      out[x] = static_cast<T>(divideDown(sum + sum + static_cast<Wide>(count), 2 * count));
    }
  }
}

}  // namespace

std::string_view downsamplingName(Downsampling how) { return kNames[static_cast<std::size_t>(how)]; }

std::optional<Downsampling> findDownsampling(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<Downsampling>(i);
  return std::nullopt;
}

std::size_t stateBytes(const MadeLevel& level) {
  if (level.how != Downsampling::mean) return voxelBytes(level.voxelType);
  return visitVoxelType(level.voxelType,
                        [&]<typename T>(T) { return visitSum<T>(level.factor, [](auto sum) { return sizeof(sum); }); });
}

double maxReduction(VoxelType type) {
  // A mean needs a bit more than twice the sum.
  return visitVoxelType(type, []<typename T>(T) {
    if constexpr (std::is_floating_point_v<T>) return 0x1p52;
    return std::ldexp(1.0, static_cast<int>(8 * (sizeof(WideSum<T>) - sizeof(T))) - 3);
  });
}

VoxelBox coarserBox(const VoxelBox& fine, const i64vec3& ratio) {
  return {.begin = fine.begin / ratio, .end = (fine.end + ratio - std::int64_t{1}) / ratio};
}

void reduceVoxels(const MadeLevel& coarse, const BoxValues& voxels, const WritableBoxValues& states, int threads) {
  visitVoxelType(coarse.voxelType, [&]<typename T>(T) {
    if (coarse.how != Downsampling::mean) return reduceValues<T>(coarse.how, voxels, coarse.factor, states, threads);
    visitSum<T>(coarse.factor, [&]<typename Sum>(Sum zero) {
      foldBox<SumFold<Sum>, T>(voxels, coarse.factor, states, threads, zero);
    });
  });
}

void reduceStates(const MadeLevel& fine, const BoxValues& fineStates, const i64vec3& ratio,
                  const WritableBoxValues& states, int threads) {
  visitVoxelType(fine.voxelType, [&]<typename T>(T) {
    if (fine.how != Downsampling::mean) return reduceValues<T>(fine.how, fineStates, ratio, states, threads);
    visitSum<T>(fine.factor, [&]<typename In>(In) {
      visitSum<T>(fine.factor * ratio,
                  [&]<typename Sum>(Sum zero) { foldBox<SumFold<Sum>, In>(fineStates, ratio, states, threads, zero); });
    });
  });
}

void finishVoxels(const MadeLevel& level, const BoxValues& states, const i64vec3& fullSize, std::span<std::byte> voxels,
                  int threads) {
  if (level.how != Downsampling::mean) {
    std::ranges::copy(states.bytes, voxels.begin());
    return;
  }
  const VoxelBox& box = states.box;
  const i64vec3 size = box.size();
  // How many voxels of level 0 the voxel `at` stands for along an axis.
  const auto extent = [&](int axis, std::int64_t at) {
    return std::min((at + 1) * level.factor[axis], fullSize[axis]) - at * level.factor[axis];
  };
  visitVoxelType(level.voxelType, [&]<typename T>(T) {
    visitSum<T>(level.factor, [&]<typename Sum>(Sum) {
      T* const out = reinterpret_cast<T*>(voxels.data());
      parallelFor(static_cast<std::size_t>(size.z), threads, [&](std::size_t plane) {
        const auto z = static_cast<std::int64_t>(plane);
        for (std::int64_t y = 0; y < size.y; ++y) {
          const std::int64_t rowCount = extent(2, box.begin.z + z) * extent(1, box.begin.y + y);
          const std::int64_t first = (z * size.y + y) * size.x, last = first + size.x - 1;
          // All voxels but the last stand for the same number.
          const Sum* const sums = as<Sum>(states.bytes);
          meanRow<T>(sums + first, sums + last, rowCount * level.factor.x, out + first);
          meanRow<T>(sums + last, sums + last + 1, rowCount * extent(0, box.end.x - 1), out + last);
        }
      });
    });
  });
}

}  // namespace volary
