#pragma once

#include "gpu/frame.h"
#include "paging/brick_transit.h"
#include "paging/pager.h"
#include "render/volume_cache.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace volary {

struct EngineSettings;
struct FrameReport;

/// The page cache on the GPU with all that fills it: the pager, its loader, and the bricks on their way there if the
/// device has a transfer queue.
///
/// Invariant: all of it is of one page format. cache() and pager() exist from the first open() on.
class PagedCache {
 public:
  /// `settings` are read at each open() and page(), and must outlive this.
  PagedCache(gpu::Device& device, Source& source, const EngineSettings& settings)
      : device_(device), source_(source), settings_(settings) {}

  /// Makes a page cache of that format, as large as the settings say, or as the GPU's memory allows: a smaller one
  /// shows less detail, which is better than nothing. With another format all that was loaded is dropped. Does nothing
  /// and returns false if the cache is of that format already. Throws Error if there is no room for a small one either.
  bool open(PageFormat format);
  bool isOpen() const { return cache_ != nullptr; }
  VolumeCache& cache() const { return *cache_; }
  Pager& pager() const { return *pager_; }

  /// Takes finished bricks, records their copies into the page cache, and requests others. The result is
  /// pager().frame().
  void page(gpu::Frame& frame);

  /// Waits until a brick was loaded or has arrived, or `timeout`.
  void wait(std::chrono::milliseconds timeout);

  std::size_t brickBytes() const { return kPaddedBrickVoxels * pageVoxelBytes(cache_->format()); }
  /// Bricks on their way to the device that the CPU's memory holds, and the most of them that there can be.
  std::size_t bricksInTransit() const { return transit_ ? transit_->brickCount() : 0; }
  std::size_t mostBricksInTransit() const { return transit_ ? transit_->mostBricks() : 0; }

  void tell(FrameReport& report) const;

 private:
  void create(PageFormat format);
  std::size_t bricksPerFrame() const;

  gpu::Device& device_;
  Source& source_;
  const EngineSettings& settings_;
  std::unique_ptr<VolumeCache> cache_;
  std::unique_ptr<BrickTransit> transit_;  // null where the device has no transfer queue
  std::unique_ptr<Pager> pager_;
  std::uint64_t bytesUploaded_ = 0;
};

}  // namespace volary
