#pragma once

#include "render/renderer.h"
#include "shared/draw.h"

namespace volary {

/// An address as shaders have it.
uvec2 splitAddress(VkDeviceAddress address);

/// What the compute passes read of one region, everything in edge space, computed in double precision and rounded once:
/// for a rectangle of its pixels and a transfer function that lies at `transfer`. What it refers to is staged for the
/// frame.
shared::DrawParams stageDrawParams(gpu::Frame& frame, const VolumeCache& cache, const DrawInput& input,
                                   const ViewRegion& region, const PixelRect& rect, VkDeviceAddress transfer);

}  // namespace volary
