#pragma once

#include "paging/engine.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace volary {

/// A finished picture in host memory: RGBA, 8 bit each, rows from the top.
struct Pixels {
  ivec2 sizePx{0};
  std::vector<std::uint8_t> rgba;
};

/// What drawing a picture took.
struct RenderStats {
  FrameReport last;
  std::uint64_t bricksWanted = 0;    ///< different bricks, over all parts of the picture, peaks too
  std::uint64_t bricksResident = 0;  ///< of these, the ones that were drawn from
  std::uint64_t bricksFailed = 0;
  std::uint64_t bricksPeaks = 0;   ///< of those drawn from, the ones of peaks
  std::uint64_t bricksHidden = 0;  ///< no ray reaches them: they were not loaded
  std::uint64_t bytesNeeded =
      0;  ///< voxels of the bricks that were drawn from for themselves, in the image's voxel type
  std::map<int, std::uint64_t> shownPerLevel;  ///< level -> bricks wanted for themselves that were drawn from
  ShownResolution resolution;                  ///< of all parts
  int parts = 1;            ///< the picture was drawn in so many parts because of the page cache's size
  double msFirstImage = 0;  ///< until the coarsest level was in: the picture has no hole
  double msConverged = 0;
  std::vector<double> frameMs;
  std::vector<std::string> errors;  ///< one sentence a failed brick
};

/// Draws `view` until it has converged and returns the picture. If the bricks of a pinned level (or of a pyramid of one
/// level) don't fit the page cache, the picture is drawn in parts, each with the bricks that it needs, so that the
/// result is the same for every cache size. Throws Error if not even one pixel's bricks fit. Waits for bricks.
Pixels renderConverged(gpu::Device& device, Engine& engine, const View& view, const ivec2& sizePx,
                       RenderStats* stats = nullptr);

}  // namespace volary
