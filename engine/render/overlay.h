#pragma once

#include "base/frame_memory.h"
#include "pyramid/brick.h"
#include "scene/region.h"

#include <span>

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
  FrameVector<OverlayLine> lines;
};

/// How a brick is drawn in the residency overlay.
enum class BrickState {
  resident,   ///< in the page cache: its level's colour
  missing,    ///< wanted, not there yet: magenta
  unreached,  ///< not there, and no ray has come to it so far: dark grey
  failed,     ///< could not be loaded: red, crossed out
};

struct OverlayBrick {
  int level = 0;
  ivec3 brick{0};
  BrickState state = BrickState::resident;
};

/// The colour that stands for a level, in the overlay and in the panel's legend.
vec4 levelColour(int level);
vec4 overlayColour(const OverlayBrick& brick);

/// The outlines of bricks of one image: boxes in a volume region; in a slice region, the boxes' sections by its plane.
/// Drawn half a voxel inside, so that neighbours stay apart.
FrameVector<OverlayLine> makeBrickLines(const ViewRegion& region, const ImagePyramid& pyramid,
                                        const dmat4& worldFromVoxel, std::span<const OverlayBrick> bricks);

/// The lines along which a slice's plane cuts the faces of a box, which is in a space of its own. None if it misses the
/// box.
FrameVector<OverlayLine> makeSectionLines(const ViewRegion& slice, const Box3& box, const dmat4& worldFromBoxSpace,
                                          const vec4& colour);

/// Clip space from world, the inverse of the region's rays: x and y in [-w, w] across the region, y down; z = the ray
/// parameter, which is negative behind the eye and no depth to test against.
dmat4 clipFromWorld(const ViewRegion& region);

}  // namespace volary
