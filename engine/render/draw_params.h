#pragma once

#include "render/renderer.h"
#include "shared/draw.h"

namespace volary {

/// An address as shaders have it.
uvec2 splitAddress(VkDeviceAddress address);

/// What the compute passes read of one region, but for the rectangle of pixels: everything in edge space, computed in
/// double precision and rounded once. Pure.
shared::DrawParams makeDrawParams(const VolumeCache& cache, const DrawInput& input, const ViewRegion& region);

}  // namespace volary
