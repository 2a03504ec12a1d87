#pragma once

#include "paging/pager.h"
#include "paging/shown_scene.h"
#include "render/overlay.h"
#include "scene/view.h"

namespace volary {

/// The lines over a region: the bricks' outlines, planes, boxes, the cut, as the view says. `bricks` are those of
/// findOverlayBricks().
RegionLines makeRegionLines(const View& view, const ShownScene& scene, const ViewRegion& region,
                            const FrameVector<FrameVector<OverlayBrick>>& bricks);

/// What the residency overlay outlines, by index in the page table's list of images: the bricks that are shown or would
/// be. An ancestor is shown too where another region wants finer bricks of it than this one. Empty lists without the
/// overlay.
FrameVector<FrameVector<OverlayBrick>> findOverlayBricks(const View& view, const ShownScene& scene, const Pager& pager);

}  // namespace volary
