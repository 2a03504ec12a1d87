#pragma once

#include "paging/wanted.h"

#include <span>

namespace volary {

/// The planes that slices show of images whose pyramids grow: those of a constant z in the image, which a file of
/// planes has at hand. A thick slice shows more than a plane. Pure.
FrameVector<SlicePlane> findSlicePlanes(std::span<const WantedImage> images, std::span<const ViewRegion> regions);

}  // namespace volary
