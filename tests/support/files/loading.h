#pragma once

#include "streaming/loader.h"
#include "support/fakes/fake_source.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace volary::test {

inline constexpr ImageId kImage{.setup = 1, .timepoint = 0};

inline BrickKey brickKey(int level, const ivec3& brick) { return {.image = kImage, .level = level, .brick = brick}; }
inline ChunkKey chunkKey(int level, const i64vec3& chunk) { return {.image = kImage, .level = level, .chunk = chunk}; }

inline std::vector<BrickKey> allBricks(FakeSource& source) { return allBricks(source.pyramid(kImage), kImage); }

inline void request(Loader& loader, const std::vector<BrickKey>& ranked, const std::vector<BrickKey>& ahead = {}) {
  loader.replaceRequests(ranked, ahead);
}

/// Takes `count` bricks; fails the test if they don't come.
inline std::vector<LoadedBrick> take(Loader& loader, std::size_t count) {
  std::vector<LoadedBrick> bricks;
  while (bricks.size() < count) {
    REQUIRE(loader.waitForFinished(kPatience));
    for (LoadedBrick& brick : loader.takeFinished(count - bricks.size())) bricks.push_back(std::move(brick));
  }
  return bricks;
}

/// Memory that an earlier brick, of this type or of another, has left behind.
inline void leaveMemory(Loader& loader) {
  for (const std::size_t voxelBytes : {1, 2, 4, 2, 1, 4})
    loader.reuse(std::vector<std::byte>(kPaddedBrickVoxels * voxelBytes, std::byte{0xa5}));
}

inline void checkNothingMoreComes(Loader& loader) {
  waitUntil("all that was asked for has been made or dropped", [&] {
    const LoaderStats stats = loader.stats();
    return stats.queued == 0 && stats.inFlight == 0;
  });
  CHECK(loader.takeFinished(1000).empty());
}

}  // namespace volary::test
