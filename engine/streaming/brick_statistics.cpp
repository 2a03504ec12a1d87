#include "streaming/brick_statistics.h"

#include "pyramid/page_voxel.h"
#include "streaming/voxel_row.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <type_traits>

namespace volary {

namespace {

/// Bins of the histogram from which the window is chosen: 12 bits of [min, max].
constexpr int kFineBits = 12;
constexpr int kFineBins = 1 << kFineBits;
/// Neighbours are often alike. They are counted in two histograms in turns, so that an increment does not wait for the
/// one before it.
constexpr int kTurns = 2;
using FineHistogram = std::array<std::array<std::uint16_t, kFineBins>, kTurns>;
static_assert(kBrickPayload * kBrickPayload * kBrickPayload <= std::numeric_limits<std::uint16_t>::max());

/// Only every fourth row of a whole brick is counted. Profiled: the others would take a fifth of the time to decode it.
constexpr int kRowStep = 4;
constexpr std::size_t kInnerBins = BrickStatistics::kBins - 2;
/// Each of the outer bins may hold one voxel in this many.
constexpr std::uint32_t kTailParts = 1000;

template <typename T>
bool isFinite(T value) {
  if constexpr (std::is_floating_point_v<T>) return std::abs(value) <= std::numeric_limits<T>::max();
  return true;
}

/// The rows of a brick's payload.
template <typename T>
struct Payload {
  const std::byte* first;  ///< voxel of the payload
  ivec3 size;

  const std::byte* row(int y, int z) const {
    return first + std::size_t(z * kPaddedBrick + y) * kPaddedBrick * sizeof(T);
  }
  /// Calls visit(row, length) for one row in `step`, staggered from plane to plane; the compiler knows the length of
  /// whole rows.
  template <typename Visit>
  void forEachRow(int step, Visit&& visit) const {
    std::array<T, kBrickPayload> row;
    for (int z = 0; z < size.z; ++z)
      for (int y = z % step; y < size.y; y += step) {
        std::memcpy(row.data(), this->row(y, z), static_cast<std::size_t>(size.x) * sizeof(T));
        if (size.x == kBrickPayload)
          visit(row.data(), std::integral_constant<int, kBrickPayload>());
        else
          visit(row.data(), size.x);
      }
  }
};

template <typename T>
struct Extremes {
  T min;
  T max;
  std::uint32_t count;  ///< of finite voxels
};

/// For a brick that is cut at the level's end, or in which not all voxels are finite.
template <typename T>
Extremes<T> findExtremesOneByOne(const Payload<T>& payload) {
  Extremes<T> extremes{.min = std::numeric_limits<T>::max(), .max = std::numeric_limits<T>::lowest(), .count = 0};
  payload.forEachRow(1, [&](const T* row, auto length) {
    for (int x = 0; x < length; ++x) {
      if (!isFinite(row[x])) continue;
      extremes.min = std::min(extremes.min, row[x]);
      extremes.max = std::max(extremes.max, row[x]);
      ++extremes.count;
    }
  });
  return extremes;
}

template <typename T>
Extremes<T> findExtremes(const Payload<T>& payload) {
  if (payload.size != ivec3(kBrickPayload)) return findExtremesOneByOne(payload);
  using Row = VoxelRow<T, kBrickPayload>;
  Row least = Row::filled(std::numeric_limits<T>::max());
  Row greatest = Row::filled(std::numeric_limits<T>::lowest());
  Row odd = Row::filled(0);
  for (int z = 0; z < kBrickPayload; ++z)
    for (int y = 0; y < kBrickPayload; ++y) {
      const Row row = Row::load(payload.row(y, z));
      least.takeLeast(row);
      greatest.takeGreatest(row);
      if constexpr (std::is_floating_point_v<T>) odd.add(row.oddness());
    }
  Extremes<T> extremes{.min = least[0], .max = greatest[0], .count = kBrickPayload * kBrickPayload * kBrickPayload};
  T anyOdd = 0;
#pragma GCC unroll 32
  for (int x = 0; x < kBrickPayload; ++x) {
    extremes.min = std::min(extremes.min, least[x]);
    extremes.max = std::max(extremes.max, greatest[x]);
    anyOdd = static_cast<T>(anyOdd + odd[x]);
  }
  return anyOdd == 0 ? extremes : findExtremesOneByOne(payload);
}

/// Which fine bin a voxel falls into, and where that bin begins. Whole values make up a bin of integers.
template <typename T>
class FineScale {
 public:
  explicit FineScale(const Extremes<T>& extremes) : min_(extremes.min) {
    const double width = double(extremes.max) - double(extremes.min);
    if constexpr (std::is_integral_v<T>)
      shift_ = std::max(0, static_cast<int>(std::bit_width(static_cast<unsigned>(width))) - kFineBits);
    else
      perUnit_ = (kFineBins - 1) / width;
  }
  int binOf(T value) const {
    if constexpr (std::is_integral_v<T>) return (value - min_) >> shift_;
    return std::min(static_cast<int>((double(value) - double(min_)) * perUnit_), kFineBins - 1);
  }
  double begin(int bin) const {
    if constexpr (std::is_integral_v<T>) return double(min_) + double(bin << shift_);
    return double(min_) + bin / perUnit_;
  }

 private:
  T min_;
  int shift_ = 0;
  double perUnit_ = 1.0;
};

template <typename T>
void countFine(const Payload<T>& payload, const FineScale<T>& scale, FineHistogram& fine) {
  for (auto& turn : fine) turn.fill(0);
  payload.forEachRow(payload.size == ivec3(kBrickPayload) ? kRowStep : 1, [&](const T* row, auto length) {
    for (int x = 0; x < length; ++x)
      if (isFinite(row[x])) ++fine[std::size_t(x % kTurns)][std::size_t(scale.binOf(row[x]))];
  });
  for (std::size_t bin = 0; bin < kFineBins; ++bin)
    fine[0][bin] = static_cast<std::uint16_t>(fine[0][bin] + fine[1][bin]);
}

template <typename T>
void chooseBins(std::span<const std::uint16_t> fine, const FineScale<T>& scale, double offset,
                BrickStatistics& statistics) {
  const std::uint32_t tail = std::accumulate(fine.begin(), fine.end(), 0u) / kTailParts;
  std::size_t begin = 0, end = fine.size();
  std::uint32_t below = 0, above = 0;
  while (begin + 1 < end && below + fine[begin] <= tail) below += fine[begin++];
  while (begin + 1 < end && above + fine[end - 1] <= tail) above += fine[--end];
  statistics.low = static_cast<float>(scale.begin(static_cast<int>(begin)) + offset);
  statistics.high = static_cast<float>(scale.begin(static_cast<int>(end)) + offset);
  if constexpr (std::is_floating_point_v<T>) statistics.high = std::min(statistics.high, statistics.max);

  statistics.bins.front() = static_cast<std::uint16_t>(below);
  statistics.bins.back() = static_cast<std::uint16_t>(above);
  for (std::size_t i = begin; i < end; ++i) {
    std::uint16_t& bin =
        statistics.bins[1 + (2 * (i - begin) + 1) * kInnerBins / (2 * (end - begin))];  // by its middle
    bin = static_cast<std::uint16_t>(bin + fine[i]);
  }
}

/// `offset` is the value of a page voxel 0 of integers.
template <typename T>
BrickStatistics measure(const Payload<T>& payload, double offset) {
  const Extremes<T> extremes = findExtremes(payload);
  BrickStatistics statistics{.count = extremes.count};
  if (statistics.count == 0) return statistics;
  statistics.min = statistics.low = static_cast<float>(extremes.min + offset);
  statistics.max = statistics.high = static_cast<float>(extremes.max + offset);
  if (extremes.min == extremes.max) {
    statistics.bins[1] = static_cast<std::uint16_t>(statistics.count);
    return statistics;
  }
  const FineScale<T> scale(extremes);
  FineHistogram fine;
  countFine(payload, scale, fine);
  chooseBins(std::span(fine[0]).first(std::size_t(scale.binOf(extremes.max)) + 1), scale, offset, statistics);
  return statistics;
}

}  // namespace

BrickStatistics measureBrick(const LevelInfo& level, VoxelType type, const ivec3& brick,
                             std::span<const std::byte> padded) {
  assert(padded.size() == kPaddedBrickVoxels * pageVoxelBytes(pageFormat(type)));
  const ivec3 size(glm::min(level.sizeVoxels - i64vec3(brick) * std::int64_t{kBrickPayload}, i64vec3(kBrickPayload)));
  const std::size_t first = (kBrickBorder * kPaddedBrick + kBrickBorder) * kPaddedBrick + kBrickBorder;
  const double offset = valueFromTexel(type).offset;
  switch (pageFormat(type)) {
    case PageFormat::r8: return measure(Payload<std::uint8_t>{padded.data() + first, size}, offset);
    case PageFormat::r16: return measure(Payload<std::uint16_t>{padded.data() + first * 2, size}, offset);
    case PageFormat::r32f: break;
  }
  return measure(Payload<float>{padded.data() + first * 4, size}, 0.0);
}

}  // namespace volary
