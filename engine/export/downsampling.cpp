#include "export/downsampling.h"

#include "export/parallel.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace volary {
namespace {

__extension__ using Int128 = __int128;

constexpr std::array<std::string_view, 3> kNames = {"mean", "max", "mode"};

template <typename T>
using SumOf = std::conditional_t<std::is_floating_point_v<T>, double, std::conditional_t<(sizeof(T) <= 4), std::int64_t, Int128>>;

std::size_t countOf(const VoxelBox& box) {
  const i64vec3 size = box.size();
  return static_cast<std::size_t>(size.x * size.y * size.z);
}

template <typename T>
const T* as(std::span<const std::byte> bytes) {
  return reinterpret_cast<const T*>(bytes.data());
}

// Folds one row of `count` fine values into the row of coarse ones.
template <typename In, typename State, typename Fold>
void foldRow(const In* row, std::int64_t count, std::int64_t ratio, State* out, Fold fold) {
  if (ratio == 1) {
    for (std::int64_t x = 0; x < count; ++x) out[x] = fold(out[x], row[x]);
  } else if (ratio == 2) {
    const std::int64_t pairs = count / 2;
    for (std::int64_t x = 0; x < pairs; ++x) out[x] = fold(fold(out[x], row[2 * x]), row[2 * x + 1]);
    if (count % 2 != 0) out[pairs] = fold(out[pairs], row[count - 1]);
  } else {
    for (std::int64_t x = 0; x < count; ++x) out[x / ratio] = fold(out[x / ratio], row[x]);
  }
}

// Calls visit(coarse y, coarse z, first and one past last fine row and plane within the box) for each row of the
// coarser box.
template <typename Visit>
void forEachCoarseRow(const VoxelBox& fine, const i64vec3& ratio, int threads, Visit visit) {
  const i64vec3 size = fine.size();
  const i64vec3 coarse = coarserBox(fine, ratio).size();
  parallelFor(static_cast<std::size_t>(coarse.z), threads, [&](std::size_t plane) {
    const auto z = static_cast<std::int64_t>(plane);
    for (std::int64_t y = 0; y < coarse.y; ++y)
      visit((z * coarse.y + y) * coarse.x, y * ratio.y, std::min((y + 1) * ratio.y, size.y), z * ratio.z,
            std::min((z + 1) * ratio.z, size.z));
  });
}

template <typename In, typename State, typename Fold>
void foldBox(const In* fineValues, const VoxelBox& fine, const i64vec3& ratio, State first, State* out, int threads, Fold fold) {
  const i64vec3 size = fine.size();
  const std::int64_t width = ceilDiv(size.x, ratio.x);
  forEachCoarseRow(fine, ratio, threads,
                   [&](std::int64_t to, std::int64_t beginY, std::int64_t endY, std::int64_t beginZ, std::int64_t endZ) {
                     std::fill_n(out + to, width, first);
                     for (std::int64_t z = beginZ; z < endZ; ++z)
                       for (std::int64_t y = beginY; y < endY; ++y)
                         foldRow(fineValues + (z * size.y + y) * size.x, size.x, ratio.x, out + to, fold);
                   });
}

// The value that stands most often in `values`, the smallest of those that tie; sorts them.
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
void modeBox(const T* voxels, const VoxelBox& fine, const i64vec3& ratio, T* out, int threads) {
  const i64vec3 size = fine.size();
  forEachCoarseRow(fine, ratio, threads,
                   [&](std::int64_t to, std::int64_t beginY, std::int64_t endY, std::int64_t beginZ, std::int64_t endZ) {
                     std::vector<T> values;
                     for (std::int64_t x = 0; x < size.x; x += ratio.x, ++to) {
                       values.clear();
                       for (std::int64_t z = beginZ; z < endZ; ++z)
                         for (std::int64_t y = beginY; y < endY; ++y) {
                           const T* row = voxels + (z * size.y + y) * size.x;
                           values.insert(values.end(), row + x, row + std::min(x + ratio.x, size.x));
                         }
                       out[to] = modeOf(values);
                     }
                   });
}

template <typename T>
std::vector<std::byte> reduceValues(Downsampling how, const T* voxels, const VoxelBox& fine, const i64vec3& ratio, int threads) {
  std::vector<std::byte> states(countOf(coarserBox(fine, ratio)) * sizeof(T));
  T* out = reinterpret_cast<T*>(states.data());
  if (how == Downsampling::mode) {
    modeBox(voxels, fine, ratio, out, threads);
  } else {
    T lowest = std::numeric_limits<T>::lowest();
    if constexpr (std::is_floating_point_v<T>) lowest = -std::numeric_limits<T>::infinity();
    foldBox(voxels, fine, ratio, lowest, out, threads, [](T a, T b) { return a >= b || a != a ? a : b; });
  }
  return states;
}

template <typename T, typename In>
std::vector<std::byte> reduceSums(const In* values, const VoxelBox& fine, const i64vec3& ratio, int threads) {
  using Sum = SumOf<T>;
  std::vector<std::byte> states(countOf(coarserBox(fine, ratio)) * sizeof(Sum));
  foldBox(values, fine, ratio, Sum(0), reinterpret_cast<Sum*>(states.data()), threads,
          [](Sum sum, In value) { return sum + static_cast<Sum>(value); });
  return states;
}

// The means of sums of `count` values each, `sums` to `sumsEnd`.
template <typename T>
void meanRow(const SumOf<T>* sums, const SumOf<T>* sumsEnd, std::int64_t count, T* out) {
  if constexpr (std::is_floating_point_v<T>) {
    for (; sums < sumsEnd; ++sums) *out++ = static_cast<T>(*sums / static_cast<double>(count));
  } else if (std::has_single_bit(static_cast<std::uint64_t>(count))) {
    // floor((2 sum + count) / (2 count)); a shift is a division that rounds down for negative numbers as well.
    const int shift = std::countr_zero(static_cast<std::uint64_t>(count));
    for (; sums < sumsEnd; ++sums) *out++ = static_cast<T>((*sums + count / 2) >> shift);
  } else {
    const SumOf<T> divisor = 2 * SumOf<T>(count);
    for (; sums < sumsEnd; ++sums) {
      const SumOf<T> dividend = 2 * *sums + count;
      const SumOf<T> quotient = dividend / divisor;
      *out++ = static_cast<T>(dividend % divisor < 0 ? quotient - 1 : quotient);
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

std::size_t stateBytes(Downsampling how, VoxelType type) {
  return visitVoxelType(type, [&]<typename T>(T) { return how == Downsampling::mean ? sizeof(SumOf<T>) : sizeof(T); });
}

double maxReduction(VoxelType type) {
  // meanOf() needs a bit more than twice the sum.
  return visitVoxelType(type, []<typename T>(T) {
    if constexpr (std::is_floating_point_v<T>) return 0x1p52;
    return std::ldexp(1.0, static_cast<int>(8 * (sizeof(SumOf<T>) - sizeof(T))) - 3);
  });
}

VoxelBox coarserBox(const VoxelBox& fine, const i64vec3& ratio) {
  return {.begin = fine.begin / ratio, .end = (fine.end + ratio - std::int64_t{1}) / ratio};
}

std::vector<std::byte> reduceVoxels(Downsampling how, VoxelType type, std::span<const std::byte> voxels, const VoxelBox& fine,
                                    const i64vec3& ratio, int threads) {
  return visitVoxelType(type, [&]<typename T>(T) {
    if (how == Downsampling::mean) return reduceSums<T>(as<T>(voxels), fine, ratio, threads);
    return reduceValues(how, as<T>(voxels), fine, ratio, threads);
  });
}

std::vector<std::byte> reduceStates(Downsampling how, VoxelType type, std::span<const std::byte> states, const VoxelBox& fine,
                                    const i64vec3& ratio, int threads) {
  return visitVoxelType(type, [&]<typename T>(T) {
    if (how == Downsampling::mean) return reduceSums<T>(as<SumOf<T>>(states), fine, ratio, threads);
    return reduceValues(how, as<T>(states), fine, ratio, threads);
  });
}

std::vector<std::byte> finishVoxels(Downsampling how, VoxelType type, std::span<const std::byte> states, const VoxelBox& box,
                                    const i64vec3& factor, const i64vec3& fullSize, int threads) {
  if (how != Downsampling::mean) return {states.begin(), states.end()};
  // How many voxels of level 0 stand behind voxel `at` along an axis.
  const auto extent = [&](int axis, std::int64_t at) {
    return std::min((at + 1) * factor[axis], fullSize[axis]) - at * factor[axis];
  };
  const i64vec3 size = box.size();
  return visitVoxelType(type, [&]<typename T>(T) {
    std::vector<std::byte> voxels(countOf(box) * sizeof(T));
    T* out = reinterpret_cast<T*>(voxels.data());
    parallelFor(static_cast<std::size_t>(size.z), threads, [&](std::size_t plane) {
      const auto z = static_cast<std::int64_t>(plane);
      for (std::int64_t y = 0; y < size.y; ++y) {
        const std::int64_t rowCount = extent(2, box.begin.z + z) * extent(1, box.begin.y + y);
        const std::int64_t first = (z * size.y + y) * size.x, last = first + size.x - 1;
        // All but the last stand for as many.
        const SumOf<T>* const sums = as<SumOf<T>>(states);
        meanRow<T>(sums + first, sums + last, rowCount * factor.x, out + first);
        meanRow<T>(sums + last, sums + last + 1, rowCount * extent(0, box.end.x - 1), out + last);
      }
    });
    return voxels;
  });
}

}  // namespace volary
