#pragma once

#include "base/frame_memory.h"
#include "render/renderer.h"
#include "shared/scene.h"

#include <cstdint>
#include <span>
#include <vector>

namespace volary {

/// Which images can be seen in which tile of a region, as the shaders read it (see shared/scene.h): so a pixel's cost
/// depends on what is to be seen there, and not on how much the project holds.
struct SceneLists {
  shared::SceneParams params;
  FrameVector<std::uint32_t> words;  ///< what follows the params

  /// The images of a tile, by index.
  std::span<const std::uint32_t> ofTile(const ivec2& tile) const;
};

/// The lists of the tiles that cover `drawn`, a part of the region. Pure.
SceneLists makeSceneLists(const ViewRegion& region, const PixelRect& drawn, std::span<const DrawInput> images);

}  // namespace volary
