#pragma once

#include "base/frame_memory.h"
#include "pyramid/dataset.h"
#include "render/overlay.h"
#include "scene/view.h"

#include <span>

namespace volary {

/// The outline of an image.
FrameVector<OverlayLine> makeBoxLines(const ImagePyramid& pyramid, const dmat4& worldFromVoxel);

/// On a slice, which is itself shown whole: the lines along which the volume picture is cut.
FrameVector<OverlayLine> makeClipLines(const ViewRegion& region, const Clip& clip);

/// The planes that stand in the volume picture: their frames there, and on a slice where they cut it.
FrameVector<OverlayLine> makePlaneLines(const ViewRegion& region, std::span<const Plane> planes,
                                        const ImagePyramid& pyramid, const dmat4& worldFromVoxel);

/// The lines that help a person to find their way: on a slice, where the two other planes cut it, or if it is
/// oblique the image's outline; in the volume, the
/// image's box and, in the 2 x 2, the frames of the three planes. Red, green and blue stand for the planes
/// perpendicular to the image's x, y and z.
FrameVector<OverlayLine> makeGuideLines(const ViewRegion& region, const View& view, const ImagePyramid& pyramid,
                                        const dmat4& worldFromVoxel);

}  // namespace volary
