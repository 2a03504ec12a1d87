#pragma once

#include "paging/wanted.h"

#include <span>

namespace volary {

/// The planes of constant z that slices show of images whose pyramids grow: a file made of planes has these at hand. A
/// thick slice gives none, because it shows more than a plane. Pure.
FrameVector<SlicePlane> findSlicePlanes(std::span<const WantedImage> images, std::span<const ViewRegion> regions);

}  // namespace volary
