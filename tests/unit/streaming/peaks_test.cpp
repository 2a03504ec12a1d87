// Bricks of peaks, from chunks to voxels, against every finer voxel on its own.
#include "pyramid/peaks.h"
#include "pyramid/page_voxel.h"
#include "streaming/brick_excess.h"
#include "support/files/loading.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>

using namespace volary;
using namespace volary::test;

namespace {

/// A finer voxel counts where linear interpolation between the coarse ones mixes it in; past the last coarse one, up to
/// one voxel more.
bool counts(double centre, double finerCentre, double ratio, bool last) {
  return finerCentre > centre - ratio && finerCentre < centre + (last ? 2 * ratio : ratio);
}

int expectedPeak(const ImagePyramid& pyramid, const BrickKey& key, const i64vec3& voxel) {
  const LevelInfo& level = pyramid.levels[std::size_t(key.level)];
  const LevelInfo& finer = pyramid.levels[std::size_t(key.level - key.peaks)];
  std::vector<std::int64_t> along[3];
  for (int axis = 0; axis < 3; ++axis) {
    const double ratio = level.factor[axis] / finer.factor[axis];
    const std::int64_t at = std::clamp<std::int64_t>(voxel[axis], 0, level.sizeVoxels[axis] - 1);
    for (std::int64_t u = 0; u < finer.sizeVoxels[axis]; ++u)
      if (counts((double(at) + 0.5) * ratio, double(u) + 0.5, ratio, at == level.sizeVoxels[axis] - 1))
        along[axis].push_back(u);
  }
  int peak = -1;
  for (const std::int64_t z : along[2])
    for (const std::int64_t y : along[1])
      for (const std::int64_t x : along[0]) peak = std::max(peak, FakeSource::value(key.level - key.peaks, {x, y, z}));
  return peak;
}

double pageValue(VoxelType type, std::span<const std::byte> voxels, std::size_t index) {
  const auto read = [&]<typename T>(T zero) {
    std::memcpy(&zero, voxels.data() + index * sizeof(T), sizeof(T));
    return double(zero);
  };
  switch (pageFormat(type)) {
    case PageFormat::r8: return read(std::uint8_t{});
    case PageFormat::r16: return read(std::uint16_t{}) + (type == VoxelType::int16 ? -32768.0 : 0.0);
    case PageFormat::r32f: break;
  }
  return read(float{});
}

bool isPeaks(const ImagePyramid& pyramid, const LoadedBrick& brick) {
  std::size_t index = 0;
  for (int z = -1; z <= kBrickPayload; ++z)
    for (int y = -1; y <= kBrickPayload; ++y)
      for (int x = -1; x <= kBrickPayload; ++x) {
        const i64vec3 voxel = i64vec3(brick.key.brick) * std::int64_t{kBrickPayload} + i64vec3(x, y, z);
        if (pageValue(pyramid.voxelType, brick.voxels, index++) != expectedPeak(pyramid, brick.key, voxel))
          return false;
      }
  return true;
}

}  // namespace

TEST_CASE(
    "a brick of peaks holds the greatest finer voxels that interpolation mixes into its own, for any factors and chunks") {
  struct Case {
    VoxelType type;
    std::vector<dvec3> factors;
    ivec3 chunk;
  };
  for (const Case& c : {Case{VoxelType::uint8, {dvec3(1), dvec3(2), dvec3(4)}, ivec3(16)},
                        Case{VoxelType::int16, {dvec3(1), dvec3(2, 2, 1), dvec3(4, 4, 2)}, ivec3(7, 40, 13)},
                        Case{VoxelType::uint16, {dvec3(1), dvec3(3)}, ivec3(64, 64, 1)},
                        Case{VoxelType::float64, {dvec3(1), dvec3(1.5, 1, 2.5), dvec3(3, 2, 2.5)}, ivec3(33, 31, 32)},
                        Case{VoxelType::float32, {dvec3(2, 2, 1), dvec3(4, 4, 1.5)}, ivec3(200)}}) {
    FakeSource source(c.type, {97, 131, 41}, c.factors, c.chunk);
    const ImagePyramid& pyramid = source.pyramid(kImage);
    std::vector<BrickKey> keys;
    for (BrickKey key : allBricks(source))
      for (key.peaks = 1; key.peaks <= key.level; ++key.peaks) keys.push_back(key);
    Loader loader(source, {.threads = 2, .hostCacheBytes = 1 << 20});
    leaveMemory(loader);
    request(loader, keys);
    for (const LoadedBrick& brick : take(loader, keys.size())) {
      CAPTURE(int(c.type), brick.key.level, brick.key.peaks, brick.key.brick.x, brick.key.brick.y, brick.key.brick.z);
      CHECK(brick.error.empty());
      REQUIRE(isPeaks(pyramid, brick));
    }
    checkNothingMoreComes(loader);
  }
}

TEST_CASE("of chunks that are not stored the peaks are zero, whatever the zero of the type is on the page") {
  FakeSource source(VoxelType::int16, {64, 64, 64}, {dvec3(1), dvec3(2)}, {64, 64, 64});
  source.leaveOut(chunkKey(0, {0, 0, 0}));
  Loader loader(source, {.threads = 1});
  BrickKey key = brickKey(1, ivec3(0));
  key.peaks = 1;
  request(loader, {key});
  const std::vector<LoadedBrick> bricks = take(loader, 1);
  for (std::size_t i = 0; i < kPaddedBrickVoxels; ++i) REQUIRE(pageValue(VoxelType::int16, bricks[0].voxels, i) == 0.0);
}

TEST_CASE("peaks that can't be had are an error, and the stored brick is another one") {
  FakeSource source(VoxelType::uint8, {64, 64, 64}, {dvec3(1), dvec3(2)}, {32, 32, 32});
  source.failRead(chunkKey(0, {1, 1, 1}), std::make_exception_ptr(std::runtime_error("torn")));
  Loader loader(source, {.threads = 2});
  BrickKey stored = brickKey(1, ivec3(0)), peaks = stored;
  peaks.peaks = 1;
  request(loader, {stored, peaks});
  for (const LoadedBrick& brick : take(loader, 2)) {
    CHECK(brick.error.empty() == (brick.key == stored));
    if (brick.key == stored) CHECK(brick.voxels == source.expectedBrick(stored));
  }
}

TEST_CASE("peaks come from as fine a level as their cost allows") {
  const auto pyramid = [](const std::vector<dvec3>& factors, int chunk = 16) {
    return FakeSource(VoxelType::uint8, i64vec3(4096), factors, ivec3(chunk)).pyramid(kImage);
  };
  const ImagePyramid halves = pyramid({dvec3(1), dvec3(2), dvec3(4), dvec3(8)});
  for (int level = 0; level < 4; ++level)
    for (int most = 0; most <= kMostPeakLevels; ++most) CHECK(findPeaks(halves, level, most) == std::min(level, most));
  // 3^3 and 4^3 in one are more than 8, and not more than 64.
  CHECK(findPeaks(pyramid({dvec3(1), dvec3(3)}), 1, 1) == 0);
  CHECK(findPeaks(pyramid({dvec3(1), dvec3(3)}), 1, 2) == 1);
  CHECK(findPeaks(pyramid({dvec3(1), dvec3(4), dvec3(16)}), 2, 2) == 1);
  CHECK(findPeaks(pyramid({dvec3(1), dvec3(1, 1, 2), dvec3(2, 2, 4)}), 2, 1) == 1);
  CHECK(findPeaks(pyramid({dvec3(1), dvec3(64)}), 1, 3) == 0);
  // Nor do they come from a level that is coarser along an axis, or from chunks without number.
  CHECK(findPeaks(pyramid({dvec3(1, 1, 4), dvec3(2)}), 1, 2) == 0);
  CHECK(findPeaks(pyramid({dvec3(1), dvec3(2), dvec3(4)}, 2), 2, 2) == 0);
}

TEST_CASE("the excess is what the greatest voxel loses in means of 2 x 2 x 2") {
  std::vector<std::uint16_t> voxels(kPaddedBrickVoxels, 1000);
  const auto excess = [&] { return measureExcess(PageFormat::r16, std::as_bytes(std::span(voxels))); };
  const auto at = [&](std::size_t x, std::size_t y, std::size_t z) -> std::uint16_t& {
    return voxels[(z * kPaddedBrick + y) * kPaddedBrick + x];
  };
  CHECK(excess() == 0.0f);
  at(33, 7, 20) = 1800;
  CHECK(excess() == 700.0f);
  // A thread with two voxels in each group; then something wide that is as bright.
  for (std::size_t x = 0; x < kPaddedBrick; ++x) at(x, 8, 9) = 1800;
  CHECK(excess() == 600.0f);
  for (std::size_t i = 0; i < 8; ++i) at(12 + i % 2, 20 + i / 2 % 2, 30 + i / 4) = 1800;
  CHECK(excess() == 0.0f);
  std::ranges::fill(voxels, 65535);
  CHECK(excess() == 0.0f);

  std::vector<float> floats(kPaddedBrickVoxels, -1.0f);
  floats[0] = std::numeric_limits<float>::quiet_NaN();
  floats[2] = std::numeric_limits<float>::infinity();
  floats[4] = 7.0f;
  CHECK(measureExcess(PageFormat::r32f, std::as_bytes(std::span(floats))) == 7.0f);
}
