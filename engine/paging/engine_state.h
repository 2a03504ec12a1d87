#pragma once

#include "paging/engine.h"
#include "paging/host_memory_meter.h"
#include "paging/look_ahead.h"
#include "paging/paged_cache.h"
#include "paging/peak_plan.h"
#include "paging/picture_drawer.h"
#include "paging/pyramid_reader.h"
#include "paging/shown_scene.h"

#include <memory>
#include <optional>
#include <vector>

namespace volary {

/// The engine's inside: the objects that do a frame's work, and the order in which they do it. engine_ahead.cpp finds
/// the bricks that the next views want.
struct Engine::State {
  State(gpu::Device& device, Source& source, const EngineSettings& settings);

  // A frame, in this order.
  void beginFrame(const gpu::Frame& frame);
  bool adoptView(const View& newView, const ivec2& newSizePx, const std::optional<PixelRect>& newPart);
  void lookAhead();
  void page(gpu::Frame& frame);
  void draw(gpu::Frame& frame, bool viewChanged, Effort effort);
  void fillReport(Effort effort);

  bool prepare(const View& next, const ivec2& nextSizePx, Effort effort);

  void plan();
  void planAhead(const View& next);
  bool listens() const;
  Demand chooseDemand() const;
  Pager* findPager() const { return paged.isOpen() ? &paged.pager() : nullptr; }

  gpu::Device& device;
  Source& source;
  const GrowingPyramids* growing;  // null if the source's pyramids don't grow
  EngineSettings settings;
  PyramidReader pyramids;
  std::size_t pyramidsSeen = 0;  // of pyramids.finishedCount()

  // The view that is being drawn, and what follows from it.
  std::optional<View> view;
  ivec2 sizePx{0};
  std::optional<PixelRect> part;
  std::vector<ViewRegion> regions;
  ShownScene scene;
  Contrast contrast;
  PeakPlan peaks;

  PagedCache paged;
  Demand demand = Demand::all;
  LookAhead ahead;
  WantedSet aheadSet;  // what a predicted view wants
  PictureDrawer drawer;
  HostMemoryMeter memory;
  std::uint64_t bytesReadBefore = 0;  // this view
  FrameReport report;
};

}  // namespace volary
