#pragma once

#include "pyramid/brick.h"
#include "scene/region.h"

#include <span>
#include <vector>

namespace volary {

/// A straight line in world space, with one colour (not premultiplied).
struct OverlayLine {
  dvec3 a{0.0};
  dvec3 b{0.0};
  vec4 colour{1.0f};
};

/// The lines to be drawn over one region.
struct RegionLines {
  ViewRegion region;
  std::vector<OverlayLine> lines;
};

/// How a brick is drawn in the residency overlay.
enum class BrickState {
  resident,  ///< in the page cache: its level's colour
  missing,   ///< wanted, not there yet: magenta
  failed,    ///< could not be loaded: red, crossed out
};

struct OverlayBrick {
  int level = 0;
  ivec3 brick{0};
  BrickState state = BrickState::resident;
};

/// The colour that stands for a level, in the overlay and in the panel's legend.
vec4 levelColour(int level);
vec4 overlayColour(const OverlayBrick& brick);

/// The outlines of bricks of one image: boxes in a volume region, rectangles where the plane cuts them in a slice
/// region (drawn half a percent inside, so that neighbours stay apart).
std::vector<OverlayLine> makeBrickLines(const ViewRegion& region, const ImagePyramid& pyramid,
                                        const dmat4& worldFromVoxel, std::span<const OverlayBrick> bricks);

/// Clip space (x, y in [-w, w] across the region, y down; z in [0, w], 0 at the eye's plane) from world: the inverse of
/// the region's rays. On a slice z is 0 everywhere.
dmat4 clipFromWorld(const ViewRegion& region);

}  // namespace volary
