#include "base/error.h"
#include "gpu/fields.h"
#include "streaming/brick_cells.h"
#include "support/gpu/gpu_device.h"
#include "support/gpu/gpu_picture.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace volary;
using namespace volary::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

TEST_CASE("a page cache has nearly as many slots as its budget allows, and never more") {
  TestDevice device;
  for (const PageFormat format : {PageFormat::r8, PageFormat::r16, PageFormat::r32f}) {
    const std::uint64_t slot = std::uint64_t{kPaddedBrickVoxels} * pageVoxelBytes(format);
    for (const std::uint64_t slots : {1, 2, 5, 30, 211}) {
      const VolumeCache cache(*device, format, slots * slot + slot / 2);
      CAPTURE(slots);
      CHECK(cache.slotCount() <= slots);
      CHECK(cache.slotCount() >= slots * 95 / 100);
      CHECK(cache.bytes() == cache.slotCount() * slot);
    }
  }
}

TEST_CASE("a page cache too small for a brick is refused") {
  TestDevice device;
  CHECK_THROWS_MATCHES(VolumeCache(*device, PageFormat::r16, 1000), Error,
                       MessageMatches(ContainsSubstring("holds no brick")));
}

TEST_CASE("a slot that is written again shows its new brick, and the page table moves with the frame") {
  TestDevice device;
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint8, i64vec3(64, 32, 32), {dvec3(1)}, noiseField);
  GpuScene scene(*device, volume, {{.level = 0}});
  ViewRegion region = axisRegion(2, dvec3(64, 32, 32));
  region.kind = RegionKind::slice;
  region.sliceAxis = 2;
  region.origin0.z = 7;
  DrawInput input = scene.input();
  input.regions = std::span(&region, 1);
  input.interpolation = Interpolation::nearest;

  // Two frames in flight, each with another brick in slot 0: no picture may show the other's.
  const PageTableImage image{.pyramid = &volume.pyramid};
  Picture pictures[2] = {Picture(*device, region.sizePx), Picture(*device, region.sizePx)};
  for (int round = 0; round < 2; ++round) {
    const ResidentBrick brick{.key = {.level = 0, .brick = {round, 0, 0}}, .slot = 0};
    const std::vector<std::byte> voxels = makeBrick(volume, brick.key);
    const std::vector<std::byte> cells = makeCellRanges(PageFormat::r8, voxels);
    const SlotUpload upload{.slot = 0, .voxels = voxels, .cells = cells};
    gpu::Frame& frame = scene.frames.begin();
    scene.cache.upload(frame, std::span(&upload, 1));
    scene.cache.setPageTable(frame, makePageTable(std::span(&image, 1), std::span(&brick, 1)));
    scene.renderer.draw(frame, scene.cache, pictures[round], input);
    scene.frames.submit(frame);
  }
  for (int round = 0; round < 2; ++round) {
    const Rgba picture{.sizePx = region.sizePx, .bytes = pictures[round].readBack(*device)};
    int wrong = 0;
    for (int y = 0; y < 32; ++y)
      for (int x = 0; x < 64; ++x) {
        const bool shown = x / 32 == round;
        const int expected = shown ? static_cast<int>(volume.voxel(0, {x, y, 7})) : 0;
        if (picture.at(x, y)[0] != expected) ++wrong;
      }
    CAPTURE(round);
    CHECK(wrong == 0);
  }
}
