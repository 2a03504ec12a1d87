#include "streaming/brick_excess.h"

#include "pyramid/brick.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

namespace volary {

namespace {

static_assert(kPaddedBrick % 2 == 0);

template <typename T>
float measure(std::span<const std::byte> padded) {
  using Sum = std::conditional_t<std::is_floating_point_v<T>, T, std::int32_t>;
  constexpr Sum kLeast = std::numeric_limits<Sum>::lowest();
  Sum mostVoxel = kLeast, mostSum = kLeast;
  std::array<std::array<T, kPaddedBrick>, 4> rows;
  for (int z = 0; z < kPaddedBrick; z += 2)
    for (int y = 0; y < kPaddedBrick; y += 2) {
      for (int i = 0; i < 4; ++i)
        std::memcpy(rows[std::size_t(i)].data(),
                    padded.data() + std::size_t((z + i / 2) * kPaddedBrick + y + i % 2) * sizeof rows[0],
                    sizeof rows[0]);
      std::array<Sum, kPaddedBrick> sums, greatest;
      for (std::size_t x = 0; x < kPaddedBrick; ++x) {
        sums[x] = Sum(rows[0][x]) + Sum(rows[1][x]) + Sum(rows[2][x]) + Sum(rows[3][x]);
        greatest[x] = std::max(std::max(rows[0][x], rows[1][x]), std::max(rows[2][x], rows[3][x]));
      }
      for (std::size_t x = 0; x < kPaddedBrick; x += 2) {
        const Sum sum = sums[x] + sums[x + 1];
        if constexpr (std::is_floating_point_v<T>)
          if (!std::isfinite(sum)) continue;
        mostSum = std::max(mostSum, sum);
        mostVoxel = std::max(mostVoxel, std::max(greatest[x], greatest[x + 1]));
      }
    }
  return mostSum == kLeast ? 0.0f : static_cast<float>(mostVoxel) - static_cast<float>(mostSum) / 8.0f;
}

}  // namespace

float measureExcess(PageFormat format, std::span<const std::byte> padded) {
  assert(padded.size() == kPaddedBrickVoxels * pageVoxelBytes(format));
  switch (format) {
    case PageFormat::r8: return measure<std::uint8_t>(padded);
    case PageFormat::r16: return measure<std::uint16_t>(padded);
    case PageFormat::r32f: break;
  }
  return measure<float>(padded);
}

}  // namespace volary
