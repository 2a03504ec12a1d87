#pragma once

#include "render/renderer.h"
#include "shared/draw.h"

namespace volary {

/// An address in the form in which shaders read it.
uvec2 splitAddress(VkDeviceAddress address);

/// What the compute passes read about one region, for a rectangle of its pixels and the transfer function at
/// `transfer`. Everything is in edge space, computed in double precision and rounded once. What it refers to is staged
/// for the frame.
shared::DrawParams stageDrawParams(gpu::Frame& frame, const VolumeCache& cache, const DrawInput& input,
                                   const ViewRegion& region, const PixelRect& rect, VkDeviceAddress transfer);

}  // namespace volary
