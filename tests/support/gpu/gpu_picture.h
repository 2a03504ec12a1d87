#pragma once

#include "gpu/device.h"
#include "render/renderer.h"
#include "support/fakes/bricked_volume.h"
#include "support/oracles/cpu_ray_marcher.h"

#include <cstdint>
#include <string>
#include <vector>

namespace volary::test {

/// RGBA, 8 bit, rows from the top.
struct Rgba {
  ivec2 sizePx{0};
  std::vector<std::uint8_t> bytes;

  const std::uint8_t* at(int x, int y) const { return &bytes[4 * static_cast<std::size_t>(y * sizePx.x + x)]; }
};

/// A volume on the GPU, and what draws it.
class GpuScene {
 public:
  /// Uploads `keys` (all bricks by default) into a page cache of exactly that size, filtered as is best for the device.
  GpuScene(gpu::Device& device, const ArrayVolume& volume);
  GpuScene(gpu::Device& device, const ArrayVolume& volume, const std::vector<BrickKey>& keys);
  GpuScene(gpu::Device& device, const ArrayVolume& volume, const std::vector<BrickKey>& keys, Filtering filtering);

  /// A DrawInput for this volume; regions, range and so on are the caller's.
  DrawInput input() const;
  Rgba draw(const DrawInput& input, const ivec2& sizePx);

  gpu::Device& device;
  const ArrayVolume& volume;
  gpu::FrameRing frames;
  VolumeCache cache;
  Renderer renderer;
};

/// How far a picture is from the reference, in steps of 1/255, over r, g and b.
struct Difference {
  int outliers = 0;   ///< channels of pixels that are off by more than one step
  int worst = 0;      ///< of a pixel, after rounding the reference to 8 bit too
  double rmse = 0.0;  ///< without rounding the reference, so that rounding alone gives 0.29 over a varied picture
};
Difference compare(const Rgba& picture, const std::vector<dvec4>& reference);

/// Writes the picture as NAME.png into the folder that the environment variable VOLARY_TEST_OUTPUT names, if it is set.
void writeTestPicture(const Rgba& picture, const std::string& name);

}  // namespace volary::test
