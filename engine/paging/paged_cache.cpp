#include "paging/paged_cache.h"

#include "base/bytes.h"
#include "base/log.h"
#include "gpu/check.h"
#include "paging/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace volary {

namespace {

/// Widens a brick whose voxel type needs less than the widest one.
void widenTo(PageFormat format, LoadedBrick& brick) {
  if (brick.format == format || brick.voxels.empty()) return;
  brick.voxels = widenPage(brick.voxels, brick.format, format);
  brick.cells = widenPage(brick.cells, brick.format, format);
  brick.format = format;
}

}  // namespace

void PagedCache::create(PageFormat format) {
  constexpr std::uint64_t kLeastBytes = 32 * kMiB;
  for (std::uint64_t bytes = settings_.pageCacheBytes;; bytes /= 2) {
    try {
      cache_ = std::make_unique<VolumeCache>(device_, format, bytes);
      if (device_.transferFamily()) transit_ = std::make_unique<BrickTransit>(device_, *cache_, bricksPerFrame());
      return;
    } catch (const gpu::OutOfMemory& error) {
      if (bytes / 2 < kLeastBytes) throw;
      logWarning(fmt::format("{}; half of {} is tried", error.what(), formatBytes(bytes)));
    }
  }
}

bool PagedCache::open(PageFormat format) {
  if (cache_ && cache_->format() == format) return false;
  pager_.reset();
  transit_.reset();
  if (cache_) device_.retire(std::move(cache_));
  create(format);
  pager_ = std::make_unique<Pager>(source_, settings_.loader, cache_->slotCount());
  return true;
}

std::size_t PagedCache::bricksPerFrame() const {
  return std::max<std::size_t>(1, settings_.uploadBytesPerFrame / brickBytes());
}

void PagedCache::page(gpu::Frame& frame) {
  FrameVector<LoadedBrick> bricks = pager_->takeFinished(transit_ ? transit_->room() : bricksPerFrame());
  for (LoadedBrick& brick : bricks) widenTo(cache_->format(), brick);
  if (transit_) {
    transit_->send(std::move(bricks));
    bricks = transit_->takeArrived();
  }
  const std::vector<BrickUpload>& uploads = pager_->update(std::move(bricks)).uploads;
  if (uploads.empty()) return;
  const gpu::TimingScope timed(frame, "uploads");
  if (transit_) {
    transit_->copy(frame, *cache_, uploads);
  } else {
    FrameVector<SlotUpload> copies;
    for (const BrickUpload& upload : uploads) copies.push_back({upload.slot, upload.voxels, upload.cells});
    cache_->upload(frame, copies);
  }
  bytesUploaded_ += uploads.size() * brickBytes();
}

void PagedCache::wait(std::chrono::milliseconds timeout) {
  if (transit_ && transit_->anyUnderWay())
    transit_->wait(timeout);
  else if (pager_)
    pager_->waitForBrick(timeout);
}

void PagedCache::tell(FrameReport& report) const {
  pager_->tell(report);
  report.bytesUploaded = bytesUploaded_;
  report.transferQueue = transit_ != nullptr;
  report.pageCacheBytes = cache_->bytes();
}

}  // namespace volary
