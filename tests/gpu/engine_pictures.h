#pragma once

#include "paging/render_converged.h"
#include "pyramid/brick.h"
#include "support/fakes/fake_source.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <numeric>

namespace volary::test {

inline constexpr ivec3 kSize(100, 70, 50);
/// Slots that kSize takes at level 0: 4 x 3 x 2 bricks, of 34^3 bytes each.
inline constexpr std::uint64_t kBrickBytes = kPaddedBrickVoxels;

inline FakeSource makeSource() { return {VoxelType::uint8, i64vec3(kSize), {dvec3(1), dvec3(2)}, {16, 16, 16}}; }

inline EngineSettings settings(std::uint64_t slots, int threads = 2) {
  return {.pageCacheBytes = slots * kBrickBytes, .loader = {.threads = threads}};
}

inline Pixels render(gpu::Device& device, FakeSource& source, const EngineSettings& how, const View& view,
                     const ivec2& size, RenderStats* stats = nullptr) {
  Engine engine(device, source, how);
  return renderConverged(device, engine, view, size, stats);
}

/// How many of the pictures' bytes differ.
inline std::ptrdiff_t differences(const Pixels& a, const Pixels& b) {
  REQUIRE(a.rgba.size() == b.rgba.size());
  return std::inner_product(a.rgba.begin(), a.rgba.end(), b.rgba.begin(), std::ptrdiff_t{0}, std::plus<>(),
                            std::not_equal_to<>());
}

/// Draws interactive frames until the picture is complete and sharp.
inline Pixels sharpen(gpu::Device& device, Engine& engine, const View& view, const ivec2& size) {
  gpu::FrameRing frames(device);
  const Deadline deadline("the picture is complete and sharp");
  while (true) {
    deadline.check();
    gpu::Frame& frame = frames.begin();
    const FrameReport& report = engine.drawFrame(frame, view, size, Effort::interactive);
    frames.submit(frame);
    if (report.converged && report.sharp) return {size, engine.picture().readBack(device)};
    if (!report.converged) engine.waitForBrick(std::chrono::milliseconds(5));
  }
}

}  // namespace volary::test
